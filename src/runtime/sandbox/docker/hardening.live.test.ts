import { execFileSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { openKeys } from '../../identity/public.ts';
import { describeWithDocker } from '../testing/docker-engine.ts';
import { SMALL_SERVICE } from '../testing/sandbox-fixture.ts';
import { FaultBench, WAIT } from './faults.fixture.ts';

/** Writes to its data at its start, and tells what it was made of. */
const teller = (version: string) =>
  `import { writeFileSync } from 'node:fs';
import { word } from 'words';
writeFileSync(process.env.DATA_DIR + '/probe', 'written');
${SMALL_SERVICE.replace("response.end('ok')", `response.end('${version} ' + word)`)}`;
const COMPONENTS = ['registry', 'identity', 'events', 'gateway'];
const UNITS = [...COMPONENTS, 'teller', 'rooted'];
const DEVELOPER = 1000;
/** A shell that does not become its program: what ends it leaves the program to the first process. */
const SHELL_COMMAND = 'node src/main.ts; true';

describeWithDocker('a container of the sandbox', () => {
  let bench: FaultBench;
  let root: string;
  beforeAll(async () => {
    bench = new FaultBench({
      services: {
        teller: { path: 'services/teller', command: SHELL_COMMAND },
        rooted: { path: '.' },
      },
    });
    root = bench.fixture.root;
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    writeFileSync(join(root, 'secret.txt'), 'not for containers');
    mkdirSync(join(root, 'packages/words'), { recursive: true });
    writeFileSync(
      join(root, 'packages/words/package.json'),
      '{"name":"words","type":"module","exports":"./words.js"}',
    );
    writeFileSync(join(root, 'packages/words/words.js'), "export const word = 'packaged';");
    symlinkSync('packages', join(root, 'node_modules'));
    bench.fixture.service('teller', teller('first'));
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src/main.ts'), teller('rooted'));
    for (const path of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })]) {
      chownSync(join(root, path), DEVELOPER, DEVELOPER);
    }
    const [failure] = (await bench.start()).failures;
    if (failure !== undefined) throw new Error(failure.why);
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const answerOf = async (unit: string) => {
    const answer = await fetch(`${(await bench.unit(unit))?.url}/health/ready`);
    return answer.text();
  };

  it.each(UNITS)(
    'of %s has no rights and bounded means, and is reached on loopback alone',
    async (unit) => {
      const { Config, HostConfig } = await bench.inspect(unit);
      expect(Config.User).toBe(
        COMPONENTS.includes(unit) ? '65532:65532' : `${DEVELOPER}:${DEVELOPER}`,
      );
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: null,
        Privileged: false,
        SecurityOpt: ['no-new-privileges'],
        PidsLimit: 256,
        Memory: (COMPONENTS.includes(unit) ? 384 : 512) * 1024 * 1024,
        PidMode: '',
        IpcMode: 'private',
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 },
      });
      const bindings = Object.values(
        HostConfig.PortBindings as Record<string, { HostIp: string }[]>,
      );
      expect(bindings.flat().map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1']);
    },
  );

  it('sees what its unit needs and nothing more', async () => {
    const mountsOf = async (unit: string) => {
      const { Mounts } = await bench.inspect(unit);
      const described = Mounts.map(
        ({ Type, Source, Destination, RW }) =>
          `${Type === 'bind' ? Source.replace(root, '') : Type} ${Destination} ${RW ? 'rw' : 'ro'}`,
      );
      return described.sort();
    };
    for (const unit of COMPONENTS) expect(await mountsOf(unit)).toEqual(['volume /data rw']);
    expect(await mountsOf('teller')).toEqual([
      '/package.json /workspace/package.json ro',
      '/packages /workspace/node_modules ro',
      '/services/teller /workspace/services/teller ro',
      'volume /data rw',
    ]);
    expect(await mountsOf('rooted')).toEqual([
      '/package.json /workspace/package.json ro',
      '/packages /workspace/node_modules ro',
      '/src /workspace/src ro',
      'volume /data rw',
    ]);
    expect(await answerOf('teller')).toBe('first packaged');
    expect(await answerOf('rooted')).toBe('rooted packaged');
  });

  it('has private keys if it is that of identity, and only in its data', async () => {
    const folder = bench.fixture.options().keysFolder;
    const keys = readdirSync(folder).filter((name) => name.endsWith('.jwk.json'));
    const secrets = keys.map(
      (name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { d: string }).d,
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const unit of UNITS) {
      const inspected = JSON.stringify(await bench.inspect(unit));
      for (const secret of secrets) expect(inspected).not.toContain(secret);
      const found = await bench
        .container(unit)
        .getArchive({ path: '/data/keys' })
        .then(
          (archive) => text(archive),
          () => '',
        );
      expect(found.includes('.jwk.json'), unit).toBe(unit === 'identity');
    }
  });

  it('runs changed code at once, written in place or by another name', async () => {
    const file = join(root, 'services/teller/src/main.ts');
    bench.fixture.service('teller', teller('second'));
    await vi.waitFor(async () => expect(await answerOf('teller')).toBe('second packaged'), WAIT);
    writeFileSync(`${file}.swap`, teller('third'));
    renameSync(`${file}.swap`, file);
    await vi.waitFor(async () => expect(await answerOf('teller')).toBe('third packaged'), WAIT);
    expect((await bench.inspect('teller')).RestartCount).toBe(0);
    const { Pid } = (await bench.inspect('teller')).State;
    const states = execFileSync('ps', ['-o', 'stat=', '--ppid', String(Pid)], { encoding: 'utf8' });
    expect(states).toMatch(/^[^Z]+\n$/);
  });
});

describeWithDocker('a signing key that was deleted', () => {
  it('is neither published nor kept by identity after the next start', async () => {
    await using bench = new FaultBench();
    const { keysFolder } = bench.fixture.options();
    const published = async () => {
      const answer = await fetch(`${(await bench.unit('identity'))?.url}/jwks`);
      const { keys } = (await answer.json()) as { keys: { alg: string }[] };
      return keys.map(({ alg }) => alg).sort();
    };
    openKeys(keysFolder, systemRandom, systemClock).signingKey('RS256');
    await (await bench.start()).stop();
    rmSync(join(keysFolder, 'RS256.jwk.json'));
    await bench.start();
    expect(await published()).toEqual(['ES256', 'EdDSA']);
    const kept = await text(await bench.container('identity').getArchive({ path: '/data/keys' }));
    expect(kept).toContain('ES256.jwk.json');
    expect(kept).not.toContain('RS256');

    openKeys(keysFolder, systemRandom, systemClock).signingKey('RS256');
    await (await bench.make().attach())?.publishKeys();
    expect(await published()).toEqual(['ES256', 'EdDSA', 'RS256']);
  });
});

describeWithDocker('a service whose folder would show the workspace or its keys', () => {
  it.each([
    ['its parent', { path: '..' }, ''],
    ['its state', { path: '.fintech' }, ''],
    ['its state by a link', { path: 'services/linked' }, '.fintech'],
    ['itself by a link', { path: 'services/linked' }, '.'],
    ['itself to be watched', { path: '.', watch: ['.'] }, ''],
  ])('being %s, is refused before anything starts', async (_, service, target) => {
    await using bench = new FaultBench({ services: { teller: service } });
    mkdirSync(join(bench.fixture.root, 'services'));
    if (target !== '') {
      symlinkSync(join(bench.fixture.root, target), join(bench.fixture.root, 'services/linked'));
    }
    await expect(bench.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await bench.leftovers()).toEqual([]);
  });
});
