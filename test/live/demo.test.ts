import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { projectOf } from '../../src/runtime/sandbox/docker/project.ts';
import {
  describeWithDocker,
  docker,
  leftovers,
  removeProject,
} from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { cleanEnvironment, ENTRY, temporaryFolder } from '../cli/program.ts';

const SOON = { timeout: 60_000, interval: 20 };

/** A demo in Docker that works in a temporary folder of the test's own. */
class RunningDemo {
  output = '';
  readonly ended: Promise<{ exitCode: number | undefined; stderr: string }>;
  readonly #place: string;
  readonly #pid: number;
  #project: string | undefined;

  constructor(place: string) {
    this.#place = place;
    const child = execa(process.execPath, [ENTRY, 'demo', '--driver', 'docker'], {
      cwd: place,
      env: { ...cleanEnvironment(), TMPDIR: place, FINTECH_DRIVER: 'embedded' },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 100_000,
      // A process group of its own, as a shell gives each command.
      detached: true,
    });
    child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = child.then(({ exitCode, stderr }) => ({ exitCode, stderr }));
    this.#pid = child.pid ?? 0;
  }

  /** Its Compose project, once its workspace is there. */
  project(): Promise<string> {
    return vi.waitFor(() => {
      if (this.#project !== undefined) return this.#project;
      const [folder = ''] = readdirSync(this.#place);
      const root = join(this.#place, folder, 'bank');
      if (!existsSync(join(root, 'fintech.yaml'))) throw new Error('no workspace yet');
      const stateFolder = join(root, '.fintech');
      return (this.#project = projectOf({ name: 'bank', root, stateFolder }).id);
    }, SOON);
  }

  async printed(text: string): Promise<void> {
    await vi.waitFor(() => {
      if (!this.output.includes(text)) throw new Error(`it has printed no "${text}"`);
    }, SOON);
  }

  async hasContainer(unit: string): Promise<void> {
    const name = `${await this.project()}-${unit}-1`;
    await vi.waitFor(() => docker.getContainer(name).inspect(), SOON);
  }

  /** As Ctrl-C in a terminal does: all of the group hears it. */
  interrupt(): void {
    process.kill(-this.#pid, 'SIGINT');
  }

  /** As another process would: the demo alone hears it. */
  terminate(): void {
    process.kill(this.#pid, 'SIGTERM');
  }
}

let folder: ReturnType<typeof temporaryFolder>;
let demo: RunningDemo;
let project: string;
beforeEach(async () => {
  folder = temporaryFolder();
  demo = new RunningDemo(folder.path);
  project = await demo.project();
});
afterEach(async () => {
  await demo.ended;
  await removeProject(project);
  folder[Symbol.dispose]();
});

async function expectNothingLeft(): Promise<void> {
  expect(await leftovers(project)).toEqual([]);
  expect(readdirSync(folder.path)).toEqual([]);
}

describeWithDocker('demo --driver docker', () => {
  it('pays, refuses and verifies in containers, and leaves nothing behind', async () => {
    await demo.hasContainer('ledger');
    const { exitCode, stderr } = await demo.ended;
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    for (const line of [
      '> fintech up --driver docker --detach',
      '201: payment of 1250 minor units',
      '403: wrong scope',
      '401: expired',
      'consistent: 11 events replayed',
      'inconsistent: ledger/balanced',
      '> fintech down --volumes --yes',
    ]) {
      expect(demo.output).toContain(line);
    }
    await expectNothingLeft();
  });

  it.each([
    ['before it starts', () => demo.project()],
    ['when the first containers are made', () => demo.hasContainer('registry')],
    ['while the service starts', () => demo.hasContainer('ledger')],
    ['once the sandbox is ready', () => demo.printed('sandbox ready')],
    ['in the middle of its payments', () => demo.printed('201: payment')],
  ])('interrupted by Ctrl-C %s, it ends with 130 and leaves nothing', async (_, moment) => {
    await moment();
    demo.interrupt();
    expect((await demo.ended).exitCode).toBe(130);
    await expectNothingLeft();
  });

  it('ended by SIGTERM alone while its sandbox starts, it leaves nothing', async () => {
    await demo.hasContainer('registry');
    demo.terminate();
    expect((await demo.ended).exitCode).toBe(143);
    await expectNothingLeft();
  });

  it('interrupted twice, it ends at once, and what it started is removed all the same', async () => {
    await demo.printed('sandbox ready');
    demo.interrupt();
    // The first one has been heard when the containers begin to stop.
    await vi.waitFor(async () => expect(await runningContainers()).toBeLessThan(5), SOON);
    demo.interrupt();
    await demo.ended;
    await vi.waitFor(async () => expect(await leftovers(project)).toEqual([]), SOON);
  });

  it('that fails says at what, and leaves nothing', async () => {
    await demo.printed('sandbox ready');
    await docker.getContainer(`${project}-gateway-1`).kill();
    const { exitCode, stderr } = await demo.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('DEMO_FAILED');
    await expectNothingLeft();
  });
});

async function runningContainers(): Promise<number> {
  const filters = { label: [`dev.fintech.project=${project}`] };
  return (await docker.listContainers({ filters })).length;
}
