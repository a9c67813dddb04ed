/**
 * The sandbox in Docker: from `fintech up --driver docker --detach` to ready, cold (its image is
 * removed before, and made) and warm, `fintech down`, the same with a ledger, what each container
 * takes in memory, and the image. Whole processes, medians of one run. Run `npm run build` first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { copyPackages } from '../src/app/demo-packages.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { findEndpoint } from '../src/runtime/sandbox/docker/engine/endpoint.ts';
import { connectEngine } from '../src/runtime/sandbox/docker/engine/engine.ts';
import { ensureImage } from '../src/runtime/sandbox/docker/image/image.ts';
import { median, timeOf } from './whole-process.ts';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 5);
const ENTRY = join(import.meta.dirname, '../bin/fintech.js');
const UP = [ENTRY, 'up', '--driver', 'docker', '--detach'];
const COMPONENTS = [...UP, '--no-services'];
const DOWN = [ENTRY, 'down'];
const PURGE = [...DOWN, '--volumes', '--yes'];
const TARGET_MS: Readonly<Record<string, number>> = { cold: 5000, warm: 2000, down: 2000 };

const engine = await findEngine();
if (engine === undefined) console.log('skipped: no Docker engine answers');
else await measure(engine);

async function findEngine(): Promise<Docker | undefined> {
  try {
    return await connectEngine(
      await findEndpoint({ environment: process.env, homeFolder: homedir() }),
    );
  } catch (error) {
    console.log(messageOf(error));
    return undefined;
  }
}

async function measure(docker: Docker): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fintech-bench-'));
  const root = join(folder, 'bank');
  try {
    timeOf([ENTRY, 'init', 'bank', '--services', 'ledger', '--yes'], folder);
    await copyPackages(root);
    await measureIn(root, docker);
  } finally {
    spawnSync(process.execPath, PURGE, { cwd: root });
    rmSync(folder, { recursive: true });
  }
}

async function measureIn(root: string, docker: Docker): Promise<void> {
  // The first round warms the disk cache and finds the image; it is not counted.
  timeOf(COMPONENTS, root);
  const image = await imageOf(root, docker);
  timeOf(DOWN, root);
  const times: Record<string, number[]> = {};
  const take = (name: string, args: readonly string[]) =>
    (times[name] ??= []).push(timeOf(args, root));
  const memory = new Map<string, number[]>();
  for (let round = 0; round < RUNS; round++) {
    await removeImage(docker, image);
    take('cold', COMPONENTS);
    take('down', DOWN);
    take('warm', COMPONENTS);
    take('down', DOWN);
    take('warm, with a ledger', UP);
    await noteMemory(root, { docker, memory });
    take('all runs already', UP);
    (times['image is up to date'] ??= []).push(await timeOfImageCheck(docker));
    take('down, with a ledger', DOWN);
    take('bare node', ['-e', '0']);
  }
  console.log(`sandbox in Docker, whole process, ${RUNS} rounds in turn, median, least and most`);
  for (const [name, all] of Object.entries(times)) console.log(`  ${lineOf(name, all)}`);
  const { Size } = await docker.getImage(image).inspect();
  console.log(`memory when ready, as \`docker stats\` counts it; image ${mb(Size)}`);
  for (const [unit, bytes] of memory) console.log(`  ${unit.padEnd(12)} ${mb(median(bytes))}`);
}

/** Of what `up` does first, in this process: it finds that there is nothing to make. */
async function timeOfImageCheck(docker: Docker): Promise<number> {
  const startedMs = performance.now();
  await ensureImage(docker, {
    node: process.execPath,
    programFolder: join(import.meta.dirname, '..'),
    baseImage: undefined,
    environment: process.env,
    homeFolder: homedir(),
    reporter: {
      step: (title) => {
        throw new Error(`there is something to do: ${title}`);
      },
      note: () => {},
      detail: () => {},
      warn: () => {},
      write: () => Promise.resolve(),
    },
    signal: new AbortController().signal,
  });
  return performance.now() - startedMs;
}

function lineOf(name: string, all: readonly number[]): string {
  const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map((ms) =>
    ms.toFixed(0).padStart(5),
  );
  const target = TARGET_MS[name];
  const goal = target === undefined ? '' : `  target ${target} ms`;
  return `${name.padEnd(20)} ${middle} ms  (${least} to ${most})${goal}`;
}

/** What all containers of the workspace run. */
async function imageOf(root: string, docker: Docker): Promise<string> {
  const [container] = await containersOf(root, docker);
  if (container === undefined) throw new Error('no container runs');
  return container.Image;
}

async function removeImage(docker: Docker, image: string): Promise<void> {
  try {
    await docker.getImage(image).remove();
  } catch (error) {
    // Another fintech that starts removes images that no container uses: gone is what is wanted.
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}

function containersOf(root: string, docker: Docker): Promise<Docker.ContainerInfo[]> {
  const label = [`com.docker.compose.project.working_dir=${root}`];
  return docker.listContainers({ filters: { label } });
}

async function noteMemory(
  root: string,
  { docker, memory }: { docker: Docker; memory: Map<string, number[]> },
): Promise<void> {
  for (const { Id, Labels } of await containersOf(root, docker)) {
    const unit = Labels['dev.fintech.unit'] ?? '';
    const stats = await docker.getContainer(Id).stats({ stream: false });
    const { usage, stats: pages } = stats.memory_stats;
    // Pages of files that the kernel may drop do not count; the name is of cgroups v1, or v2.
    const named: Readonly<Record<string, number>> = { ...pages };
    const inactive = named['total_inactive_file'] ?? named['inactive_file'] ?? 0;
    memory.set(unit, [...(memory.get(unit) ?? []), usage - inactive]);
  }
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
