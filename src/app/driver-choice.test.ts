import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  serveEngine,
  type TestServer,
  VERSION,
} from '../runtime/sandbox/docker/engine/engine-server.fixture.ts';
import { recordHolder } from '../runtime/sandbox/driver-record.ts';
import { chooseDriver, type DriverChoice } from './driver-choice.ts';
import { tokenBench } from './tokens.fixture.ts';
import { loadWorkspace } from './workspace.ts';

const ABSENT = 'unix:///nowhere.sock';

let engine: TestServer;
let bench: ReturnType<typeof tokenBench>;
beforeEach(async () => {
  engine = await serveEngine(VERSION);
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await engine[Symbol.asyncDispose]();
});

interface Case {
  config?: string;
  /** `--driver`. */
  flag?: string;
  environment?: Record<string, string>;
  /** Drivers with data, the last used last. */
  data?: ('embedded' | 'docker')[];
}

async function choose(given: Case): Promise<DriverChoice> {
  const { config = 'name: acme\n', flag, environment = {}, data = [] } = given;
  bench = tokenBench(config);
  const host = { DOCKER_HOST: `tcp://127.0.0.1:${engine.port}` };
  const context = { ...bench.context, environment: { ...host, ...environment } };
  const workspace = await loadWorkspace(context);
  mkdirSync(join(workspace.root, '.fintech'));
  for (const driver of data) recordHolder(workspace.stateFolder, driver);
  return chooseDriver(context, workspace, flag);
}

const CONFIGURED = 'name: acme\nsandbox: { driver: docker }\n';

describe('the driver', () => {
  it.each<[string, Case, DriverChoice]>([
    ['the flag', { flag: 'embedded' }, { name: 'embedded', why: 'by --driver' }],
    [
      'the flag before the environment',
      { flag: 'embedded', environment: { FINTECH_DRIVER: 'docker' } },
      { name: 'embedded', why: 'by --driver' },
    ],
    [
      'the environment before the file',
      { config: CONFIGURED, environment: { FINTECH_DRIVER: 'embedded' } },
      { name: 'embedded', why: 'by FINTECH_DRIVER' },
    ],
    [
      'the file, where the environment says nothing',
      { config: CONFIGURED, environment: { FINTECH_DRIVER: '' } },
      { name: 'docker', why: 'by fintech.yaml' },
    ],
    ['an engine that answers', {}, { name: 'docker', why: 'auto: its engine answers' }],
    [
      'no engine',
      { environment: { DOCKER_HOST: ABSENT } },
      { name: 'embedded', why: 'auto: no Docker engine answers' },
    ],
    [
      'settings of Docker that cannot be read',
      { environment: { DOCKER_HOST: 'ftp://engine' } },
      { name: 'embedded', why: 'auto: no Docker engine answers' },
    ],
    [
      'the data, whatever answers',
      { data: ['docker'], environment: { DOCKER_HOST: ABSENT } },
      { name: 'docker', why: "auto: it has this workspace's data" },
    ],
    [
      'the newest data, of auto by name',
      { flag: 'auto', data: ['docker', 'embedded'] },
      { name: 'embedded', why: "auto: it has this workspace's data" },
    ],
  ])('is chosen by %s', async (_, given, choice) => {
    expect(await choose(given)).toEqual(choice);
  });

  it('is said to leave data with another one', async () => {
    const leaving = { name: 'embedded', why: 'by --driver', dataWith: 'docker' };
    expect(await choose({ flag: 'embedded', data: ['docker'] })).toEqual(leaving);
  });

  it('asks no engine where it need not', async () => {
    await choose({ data: ['embedded'] });
    expect(engine.asked).toEqual([]);
  });

  it('is refused when there is none of its name', async () => {
    await expect(choose({ environment: { FINTECH_DRIVER: 'podman' } })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      message: 'there is no driver "podman"',
    });
  });
});
