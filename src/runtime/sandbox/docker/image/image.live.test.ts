import { cpSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../kernel/time.ts';
import { describeWithDocker, describeWithOwnEngine, docker } from '../../testing/docker-engine.ts';
import { ownEngine } from '../../testing/docker-own-engine.ts';
import { archiveOf } from './image-archive.ts';
import { ensureImage, removeOldImages } from './image.ts';
import { removeLeftTrials } from './image-trial.ts';
import { factsOf } from './image-identity.ts';
import { recipeFor } from './image-recipe.ts';
import { ImageFixture, recordingReporter } from './image.fixture.ts';

const HARDENED = {
  ReadonlyRootfs: true,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  Tmpfs: { '/tmp': 'rw,size=16m' },
};

let fixture: ImageFixture;
const id = (reference: string) =>
  docker
    .getImage(reference)
    .inspect()
    .then(
      ({ Id }) => Id,
      () => undefined,
    );
const make = async (rest: Parameters<ImageFixture['request']>[0] = {}) =>
  fixture.note(await ensureImage(docker, fixture.request(rest)));

/** Runs a command in a container of an image and gives what it printed. */
async function run(image: string, command: readonly string[], host: object = {}): Promise<string> {
  const [program = '', ...rest] = command;
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [program],
    Cmd: rest,
    Tty: true,
    Env: ['NO_COLOR=1'],
    ...('User' in host && { User: String(host.User) }),
    HostConfig: { NetworkMode: 'none', ...HARDENED, ...host },
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString().trim();
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** Images made of the very files that a request names, with a tag or without. */
async function madeOf(rest: Parameters<ImageFixture['request']>[0] = {}): Promise<unknown[]> {
  const facts = await factsOf(await recipeFor(docker, fixture.request(rest)));
  return docker.listImages({ filters: { label: [`dev.fintech.image.facts=${facts}`] } });
}

/** An image of one file, which has nothing of ours but a label, if any. */
async function importText(engine: typeof docker, name: string, label?: string): Promise<string> {
  const archive = archiveOf([{ path: '/a.txt', text: name, mode: 0o644, owner: 0 }]);
  const changes = label === undefined ? [] : [`LABEL ${label}`];
  const answer = await engine.importImage(archive, { repo: name, changes });
  await new Promise((resolve) => engine.modem.followProgress(answer, resolve));
  return name;
}

describeWithDocker('the image', () => {
  let image: string;
  beforeAll(async () => {
    fixture = new ImageFixture(docker);
    image = await make();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('is named by its content, and made once', async () => {
    expect(image).toMatch(/^fintech-sandbox:[0-9a-f]{16}$/);
    const before = await id(image);
    const { lines, reporter } = recordingReporter();
    expect(await make({ reporter })).toBe(image);
    expect(await madeOf()).toHaveLength(1);
    expect(lines).toEqual([]);
    expect(await id(image)).toBe(before);
  });

  it('is found by its content when the same files were installed elsewhere', async () => {
    const copy = join(fixture.folder, 'copy');
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(fixture.folder, part), join(copy, part), { recursive: true });
    }
    const { lines, reporter } = recordingReporter();
    expect(await make({ programFolder: copy, reporter })).toBe(image);
    expect(lines).toEqual([]);
  });

  it('is another one for changed content', async () => {
    fixture.change();
    const { lines, reporter } = recordingReporter();
    const changed = await make({ reporter });
    expect(changed).not.toBe(image);
    expect(lines.at(-1)).toBe("image ok: made of this machine's Node");
  });

  it('runs the program without rights on a read-only root', async () => {
    expect(
      await run(image, ['/usr/local/bin/node', '/opt/fintech/bin/fintech.js', '--version']),
    ).toMatch(/^\d+\.\d+\.\d+$/);
    const script =
      'console.log(process.getuid(), process.getgid(), process.cwd(), require("os").userInfo().username)';
    expect(await run(image, ['node', '-e', script])).toBe('65532 65532 /workspace nonroot');
  });

  it('has a shell that runs commands and scripts that start with env', async () => {
    expect(
      await run(image, ['/bin/sh', '-c', '/usr/bin/env node -p 40+2 && echo "$HOME"']),
    ).toMatch(/^42\r?\n\/tmp$/);
  });

  it('lets any user write to a fresh volume, and nowhere else', async () => {
    const script = `
      const { writeFileSync } = require('node:fs');
      for (const folder of ['/data', '/tmp', '/workspace', '/opt/fintech/dist']) {
        try { writeFileSync(folder + '/x', ''); console.log(folder); } catch (error) { console.log(error.code); }
      }`;
    const host = { Mounts: [{ Type: 'volume', Source: '', Target: '/data' }], User: '1234:1234' };
    expect((await run(image, ['node', '-e', script], host)).split(/\r?\n/)).toEqual([
      '/data',
      '/tmp',
      'EROFS',
      'EROFS',
    ]);
  });

  it('serves, and finds containers and this machine by name', async () => {
    const name = image.replace(':', '-');
    const network = await docker.createNetwork({ Name: name });
    const host = { ...HARDENED, NetworkMode: name };
    const registry = await docker.createContainer({
      Image: image,
      Cmd: ['serve', 'registry'],
      Env: [
        'HOST=0.0.0.0',
        'PORT=8500',
        'DATA_DIR=/data',
        'ALLOWED_HOSTS=registry',
        'ADVERTISE_HOST=registry',
        'ADVERTISE_PORT=8500',
        'PUBLISHED_PORT=8500',
      ],
      ExposedPorts: { '8500/tcp': {} },
      HostConfig: {
        ...host,
        Mounts: [{ Type: 'volume', Source: '', Target: '/data' }],
        PortBindings: { '8500/tcp': [{ HostIp: '127.0.0.1' }] },
      },
      NetworkingConfig: { EndpointsConfig: { [name]: { Aliases: ['registry'] } } },
    });
    try {
      await registry.start();
      const { NetworkSettings } = await registry.inspect();
      const port = NetworkSettings.Ports['8500/tcp']?.[0]?.HostPort;
      await vi.waitFor(
        async () => {
          const leader = await fetch(`http://127.0.0.1:${port}/v1/status/leader`);
          expect(await leader.text()).toMatch(/^"\S+:\d+"$/);
        },
        { timeout: 15_000 },
      );
      const script = `
        const { lookup } = require('node:dns').promises;
        (async () => {
          const machine = await lookup('host.docker.internal');
          const leader = await fetch('http://registry:8500/v1/status/leader');
          console.log(machine.family, leader.status);
        })();`;
      const found = await run(image, ['node', '-e', script], {
        ...host,
        ExtraHosts: ['host.docker.internal:host-gateway'],
      });
      expect(found).toBe('4 200');
    } finally {
      await registry.remove({ force: true, v: true });
      await network.remove();
    }
  });

  it('is not kept when its files change while it is made', async () => {
    fixture.change();
    const { reporter } = recordingReporter((line) => {
      if (line.startsWith('image: making it')) fixture.change();
    });
    await expect(make({ reporter })).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      message: expect.stringContaining('changed while the image was made'),
    });
    expect(await madeOf()).toEqual([]);
  });

  it('is not made where fintech was not built', async () => {
    await expect(make({ programFolder: join(fixture.folder, 'bin') })).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      hint: expect.stringContaining('npm run build'),
    });
  });
});

describeWithDocker('the image on a base', () => {
  let base: string;
  beforeAll(async () => {
    fixture = new ImageFixture(docker);
    const made = await make();
    base = `live-image-base:${made.slice(-16)}`;
    await docker.getImage(made).tag({ repo: 'live-image-base', tag: made.slice(-16) });
    fixture.note(base);
    fixture.change();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('is made once, and holds the program beside what the base has', async () => {
    const { lines, reporter } = recordingReporter();
    const image = await make({ baseImage: base, reporter });
    expect(lines.at(-1)).toBe(`image ok: made of ${base}`);
    expect(await make({ baseImage: base })).toBe(image);
    expect(await run(image, ['node', '/opt/fintech/bin/fintech.js', '--version'])).toMatch(/^\d/);
    const folder = '["/data","/workspace","/opt/fintech/dist"]';
    const script = `for (const f of ${folder}) { const s = require('fs').statSync(f); console.log(s.uid, (s.mode & 0o7777).toString(8)) }`;
    expect((await run(image, ['node', '-e', script])).split(/\r?\n/)).toEqual([
      '65532 1777',
      '0 755',
      '0 755',
    ]);
  });

  it('is made again when the name of the base moves to another image', async () => {
    const [repo = '', tag = ''] = base.split(':');
    const before = await make({ baseImage: base });
    const text = `FROM ${base}\nLABEL moved=1\n`;
    const archive = archiveOf([{ path: '/Dockerfile', text, mode: 0o644, owner: 0 }]);
    const answer = await docker.buildImage(archive, { t: `${repo}:${tag}` });
    await new Promise((resolve) => docker.modem.followProgress(answer, resolve));
    expect(await make({ baseImage: base })).not.toBe(before);
  });

  it('is still found when the base is gone', async () => {
    const before = await make({ baseImage: base });
    const kept = await id(base);
    await docker.getImage(base).remove({ noprune: true });
    expect(await make({ baseImage: base })).toBe(before);
    const [repo = '', tag = ''] = base.split(':');
    await docker.getImage(String(kept)).tag({ repo, tag });
  });

  it('is refused on a base without Node, and leaves no image', async () => {
    const empty = fixture.note(await importText(docker, 'live-image-empty'));
    await expect(make({ baseImage: empty })).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      message: expect.stringMatching(
        /^fintech does not run in an image made of live-image-empty: .*node/,
      ),
      hint: expect.stringContaining('another base image with Node 24'),
    });
    expect(await madeOf({ baseImage: empty })).toEqual([]);
  });

  it('is refused under a name that is none', async () => {
    await expect(make({ baseImage: 'node\nRUN id' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describeWithDocker('the image, interrupted', () => {
  beforeEach(() => {
    fixture = new ImageFixture(docker);
  });
  afterEach(() => fixture[Symbol.asyncDispose]());

  /** Long enough to send that the interruption comes before the end. */
  const fill = () => {
    const file = join(fixture.folder, 'dist/large.bin');
    writeFileSync(file, '');
    truncateSync(file, 300_000_000);
  };
  it.each([
    ['before it is made', 0],
    ['while it is made', 150],
  ])('%s, is not there', async (_, delayMs) => {
    fill();
    const interrupt = new AbortController();
    const { lines, reporter } = recordingReporter((line) => {
      if (!line.startsWith('image: making it')) return;
      if (delayMs === 0) interrupt.abort(new Error('interrupted'));
      else void sleep(delayMs).then(() => interrupt.abort(new Error('interrupted')));
    });
    await expect(make({ reporter, signal: interrupt.signal })).rejects.toThrow('interrupted');
    expect(lines.at(-1)).toBe('image failed');
    expect(await madeOf()).toEqual([]);
  });
});

describeWithOwnEngine('old images', () => {
  it('are removed unless a container uses them, they are to be kept, or they are not ours', async () => {
    await using engine = await ownEngine();
    await using program = new ImageFixture(engine.docker);
    const keep = program.note(await ensureImage(engine.docker, program.request()));
    const label = 'dev.fintech.image=1';
    await importText(engine.docker, 'old-unused', label);
    await importText(engine.docker, 'old-used', label);
    await importText(engine.docker, 'foreign');
    const user = await engine.docker.createContainer({ Image: 'old-used', Cmd: ['/x'] });

    await removeOldImages(engine.docker, keep);
    const tags = async () =>
      (await engine.docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).sort();
    expect(await tags()).toEqual([keep, 'foreign:latest', 'old-used:latest']);

    await user.remove();
    await removeOldImages(engine.docker, keep);
    expect(await tags()).toEqual([keep, 'foreign:latest']);
  });

  it('go with the trial that a killed fintech left, and not while it may go on', async () => {
    await using engine = await ownEngine();
    const { docker: own } = engine;
    await using program = new ImageFixture(own);
    const keep = program.note(await ensureImage(own, program.request()));
    const Labels = await labelsOfTrial(own);
    await importText(own, 'tried', 'dev.fintech.image=1');
    await own.createContainer({ Image: 'tried', Cmd: ['/x'], Labels });
    await own.createContainer({ Image: keep, Cmd: ['/x'] });
    const images = async () =>
      (await own.listContainers({ all: true })).map(({ Image }) => Image).sort();

    await removeOldImages(own, keep);
    expect(await images()).toEqual([keep, 'tried']);
    // The engine counts whole seconds.
    await vi.waitFor(async () => {
      await removeLeftTrials(own, '0s');
      expect(await images()).toEqual([keep]);
    }, 5000);
    await removeOldImages(own, keep);
    expect((await own.listImages()).flatMap(({ RepoTags }) => RepoTags)).toEqual([keep]);
  });
});

/** Labels of the one container an engine has had, which tried an image. */
async function labelsOfTrial(engine: typeof docker): Promise<Record<string, string>> {
  const until = Math.ceil(systemClock.now() / 1000);
  const told = await engine.getEvents({ since: 0, until, filters: { event: ['create'] } });
  const events = await text(told);
  const { Actor } = JSON.parse(events) as { Actor: { Attributes: Record<string, string> } };
  const labels = Object.entries(Actor.Attributes).filter(([name]) => /fintech.trial/.test(name));
  expect(labels).toHaveLength(1);
  return Object.fromEntries(labels);
}
