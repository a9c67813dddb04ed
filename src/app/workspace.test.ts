import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { MAX_CONFIG_BYTES } from '../model/config-file.ts';
import { recordHolder } from '../runtime/sandbox/driver-record.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import {
  componentUrl,
  ensureStateFolder,
  issuerUrl,
  loadWorkspace,
  type Workspace,
} from './workspace.ts';

let bench: TokenBench;
beforeEach(() => {
  bench = tokenBench('name: a\n');
});
afterEach(() => bench[Symbol.dispose]());

/** Opens the workspace of a file that is named with --config. */
const open = (configFile: string): Promise<Workspace> =>
  loadWorkspace({ ...bench.context, configFile });

async function failureOf(promise: Promise<unknown>): Promise<FintechError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FintechError) return error;
  throw new Error('no FintechError was thrown', { cause: error });
}

describe('fintech.yaml', () => {
  const written = (content: string | Uint8Array): string => {
    const file = join(bench.folder, 'named.yaml');
    writeFileSync(file, content);
    return file;
  };

  it.each([
    ['a folder', '.'],
    ['a device without end', '/dev/zero'],
  ])('is not %s', async (_, file) => {
    expect(await failureOf(open(join(file === '.' ? bench.folder : '/', file)))).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining('it is no regular file'),
    });
  });

  it('is not a pipe, which nobody may ever write to', async () => {
    const fifo = join(bench.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect((await failureOf(open(fifo))).message).toContain('it is no regular file');
  });

  it('may be as large as its limit, and not a byte larger', async () => {
    const text = 'name: a\n'.padEnd(MAX_CONFIG_BYTES, '#\n');
    expect((await open(written(text))).config.name).toBe('a');
    expect(await failureOf(open(written(`${text}#`)))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`larger than ${MAX_CONFIG_BYTES} bytes`),
    });
  });

  it('is UTF-8, with or without a byte order mark', async () => {
    expect((await open(written('\uFEFFname: a\n'))).config.name).toBe('a');
    for (const bytes of [Buffer.from('name: a\n', 'utf16le'), Buffer.from([0xff, 0xfe, 0x61])]) {
      const failure = await failureOf(open(written(Buffer.concat([bytes, Buffer.from([0xff])]))));
      expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(failure.message).toContain('is not UTF-8 text');
    }
  });

  it('is held to the rules of names, ports and routes', async () => {
    const file = written(
      'name: a\nservices: { gateway: {} }\ngateway: { routes: [{ path: /a, service: b }] }\n',
    );
    const { message } = await failureOf(open(file));
    expect(message).toContain(`${file}:2:13: services: "gateway" is reserved`);
    expect(message).toContain(`${file}:3:21: gateway.routes.0: needs scopes`);
  });
});

describe('the user', () => {
  const isRoot = process.getuid?.() === 0;
  /** What a process of a user without a name finds in the working folder. */
  const foundByNobody = (): string => {
    const module = new URL('workspace.ts', import.meta.url).href;
    const context = JSON.stringify({ cwd: bench.context.cwd, environment: {}, homeFolder: '/' });
    const code = `const { findWorkspace } = await import(${JSON.stringify(module)});
      console.log(await findWorkspace(${context}).then(({ config }) => config.name, ({ code }) => code));`;
    const uid = 54_321;
    const node = ['--input-type=module', '--eval', code];
    return execFileSync(process.execPath, node, { cwd: '/', uid, encoding: 'utf8' }).trim();
  };

  // Only root can become somebody else.
  it.runIf(isRoot)('needs no name, as in the containers of a CI, to own a fintech.yaml', () => {
    chmodSync(bench.folder, 0o755);
    const file = join(bench.context.cwd, 'fintech.yaml');
    expect(foundByNobody()).toBe('CONFIG_NOT_TRUSTED');
    chownSync(file, 54_321, 54_321);
    expect(foundByNobody()).toBe('a');
  });
});

describe('the state folder', () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;
  const ready = async (): Promise<string> =>
    await ensureStateFolder(await loadWorkspace(bench.context));

  it('is private and tells git to leave it alone', async () => {
    const folder = await ready();
    expect(modeOf(folder)).toBe(0o700);
    execFileSync('git', ['init', '-q'], { cwd: bench.context.cwd });
    writeFileSync(join(folder, 'state.json'), '{}');
    const seen = execFileSync('git', ['status', '--porcelain', '-uall'], {
      cwd: bench.context.cwd,
      encoding: 'utf8',
    });
    expect(seen).toBe('?? fintech.yaml\n');
  });

  it('is repaired where it is open to others or its .gitignore is gone', async () => {
    const folder = await ready();
    rmSync(join(folder, '.gitignore'));
    chmodSync(folder, 0o755);
    await ready();
    expect(modeOf(folder)).toBe(0o700);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('leaves a .gitignore as somebody wrote it', async () => {
    const ignore = join(bench.context.cwd, '.fintech', '.gitignore');
    mkdirSync(join(bench.context.cwd, '.fintech'));
    writeFileSync(ignore, '*\n!ports.json\n');
    await ready();
    expect(readFileSync(ignore, 'utf8')).toBe('*\n!ports.json\n');
  });
});

it('keeps components off the ports of services', async () => {
  const free = await componentUrl(bench.context, await loadWorkspace(bench.context), 'registry');
  rmSync(join(bench.context.cwd, '.fintech'), { recursive: true });
  const config = `name: a\nservices: { pay: { port: ${new URL(free).port} } }\n`;
  writeFileSync(join(bench.context.cwd, 'fintech.yaml'), config);
  const workspace = await loadWorkspace(bench.context);
  expect(await componentUrl(bench.context, workspace, 'registry')).not.toBe(free);
});

it('takes FINTECH_KEYS from the working folder', async () => {
  const environment = { ...bench.context.environment, FINTECH_KEYS: 'my/keys' };
  const { keysFolder } = await loadWorkspace({ ...bench.context, environment });
  expect(isAbsolute(keysFolder)).toBe(true);
  expect(keysFolder).toBe(join(bench.context.cwd, 'my/keys'));
});

it('addresses components where the driver in use publishes them, and its tokens say the same everywhere', async () => {
  const workspace = await loadWorkspace(bench.context);
  const stateFolder = await ensureStateFolder(workspace);
  const docker = { project: 'acme-1', root: workspace.root, publishedHost: '192.0.2.7' };
  recordHolder(stateFolder, 'docker', docker);
  const url = await componentUrl(bench.context, workspace, 'identity');
  expect(new URL(url).hostname).toBe('192.0.2.7');
  const issuer = await issuerUrl(bench.context, workspace);
  expect(issuer).toBe(url.replace('192.0.2.7', '127.0.0.1'));
  recordHolder(stateFolder, 'embedded');
  expect(await componentUrl(bench.context, workspace, 'identity')).toBe(issuer);
});
