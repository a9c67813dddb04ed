import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { FintechError, messageOf } from '../../../kernel/errors.ts';
import type { BesidePlace, DriverOptions, SandboxDriver } from '../driver.ts';
import { forgetHolder } from '../driver-record.ts';
import { savedLogs } from '../log-reader.ts';
import type { SandboxPlan } from '../plan.ts';
import { containerTopology, MACHINE_HOST } from '../topology.ts';
import { onForcedEnd } from './forced-end.ts';
import { GLANCE_MS, isLocked, lockInTime } from './lock-in-time.ts';
import { openProject } from './open-project.ts';
import { projectOf } from './project.ts';
import type { ProjectEngine } from './project-engine.ts';
import { isLive } from './unit-container.ts';
import { DockerSandbox } from './sandbox.ts';
import { StartedDockerSandbox } from './started-sandbox.ts';
import { unitLogs } from './unit-logs.ts';

const START_ATTEMPTS = 3;
/** Another shell may be about to end the same. */
const PURGE_PATIENCE_MS = 2000;

/** One container per unit, kept up by the engine: no process of ours needs to go on. */
export function dockerDriver(options: DriverOptions): SandboxDriver {
  let opened: Promise<ProjectEngine> | undefined;
  const open = () => (opened ??= openProject(options));
  return {
    name: 'docker',
    dataPlace: `the Docker volumes ${projectOf(options).id}_*`,
    placement: async () => ({
      topology: containerTopology,
      publishedHost: (await open()).publishedHost,
    }),
    start: async (plan) => start(plan, await open(), options),
    attach: async () => {
      const engine = await open();
      return (await runsOrStarts(engine, options)) ? new DockerSandbox(engine, options) : undefined;
    },
    remains: async () => new DockerSandbox(await open(), options).status(),
    besidePlace: async () => besidePlace(await (await open()).gateways()),
    purge: async (what) => purge(what, await open(), options),
    logs: async () => {
      const containers = await (await open()).containers();
      const saved = await savedLogs(join(options.stateFolder, 'logs'));
      return unitLogs(saved, containers);
    },
  };
}

/**
 * On Linux the network's gateway is an address of this machine. Where containers live in a virtual
 * machine it is not: there Docker's name for the machine leads to its loopback.
 */
function besidePlace(gateways: readonly string[]): BesidePlace {
  const interfaces = Object.values(networkInterfaces()).flatMap((each = []) => each);
  const ours = gateways.find((gateway) => interfaces.some(({ address }) => address === gateway));
  return ours === undefined
    ? { listenHost: '127.0.0.1', advertiseHost: MACHINE_HOST }
    : { listenHost: ours, advertiseHost: ours };
}

/** Also one that is being started is told of and can be stopped. */
async function runsOrStarts(engine: ProjectEngine, options: DriverOptions): Promise<boolean> {
  const containers = await engine.containers();
  return containers.some(isLive) || (containers.length > 0 && isLocked(options));
}

async function start(
  plan: () => Promise<SandboxPlan>,
  engine: ProjectEngine,
  options: DriverOptions,
): Promise<StartedDockerSandbox> {
  mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
  using _lock = await lockInTime(options, { timeoutMs: GLANCE_MS });
  using _forced = onForcedEnd(options);
  await refuseLive(engine, 'it runs already');
  const sandbox = new DockerSandbox(engine, options);
  for (let attempt = 1; ; attempt++) {
    try {
      // What an earlier crash left, or the attempt before.
      await sandbox.abandonStart();
      const failures = await sandbox.start(await plan());
      const networkId = await engine.networkId();
      return new StartedDockerSandbox({ sandbox, engine, options, failures, networkId });
    } catch (error) {
      const portTaken = error instanceof FintechError && error.code === 'SANDBOX_PORT_HELD';
      if (portTaken && attempt < START_ATTEMPTS) continue;
      await sandbox.abandonStart().catch((failure: unknown) => {
        options.reporter.warn(`not all that was started could be removed: ${messageOf(failure)}`);
      });
      throw error;
    }
  }
}

async function purge(
  what: { data: boolean },
  engine: ProjectEngine,
  options: DriverOptions,
): Promise<void> {
  mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
  using _lock = await lockInTime(options, { timeoutMs: PURGE_PATIENCE_MS });
  await refuseLive(engine, 'it runs');
  await new DockerSandbox(engine, options).removeAll();
  if (!what.data) return;
  await engine.removeVolumes();
  forgetHolder(options.stateFolder, 'docker');
}

async function refuseLive(engine: ProjectEngine, why: string): Promise<void> {
  if (!(await engine.containers()).some(isLive)) return;
  throw new FintechError('SANDBOX_BUSY', `${why}: its containers are up`, {
    hint: 'Run `fintech status`, or `fintech down`.',
  });
}
