import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type {
  DriverName,
  RunningSandbox,
  SandboxDriver,
  UnitStatus,
} from '../runtime/sandbox/driver.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import type { Context } from './context.ts';
import { describeOrigins } from './origins.ts';
import { currentDriver, driverOf } from './sandbox.ts';
import { type SandboxStatus, statusOutcome } from './sandbox-status.ts';
import { ensureStateFolder, loadWorkspace, type Workspace } from './workspace.ts';

/** The sandbox of this workspace. @throws FintechError SANDBOX_NOT_RUNNING */
export async function requireRunning(
  context: Context,
  workspace: Workspace,
): Promise<RunningSandbox> {
  const running = await (await currentDriver(context, workspace)).attach();
  if (running !== undefined) return running;
  throw notRunning();
}

export async function status(context: Context): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  for (const line of await describeOrigins(context, workspace)) context.reporter.detail(line);
  const driver = await currentDriver(context, workspace);
  const running = await driver.attach();
  if (running !== undefined) return statusOutcome(driver.name, await running.status());
  const units = await driver.remains();
  return { data: { driver: driver.name, state: 'stopped', units }, failure: notRunning(units) };
}

export interface DownResult {
  /** False when nothing ran. */
  stopped: boolean;
  dataDeleted: boolean;
}

/** Stops the sandbox, or what a killed one left; with `volumes` deletes its data. */
export async function down(
  context: Context,
  { volumes }: { volumes: boolean },
): Promise<Outcome<DownResult>> {
  const workspace = await loadWorkspace(context);
  if (volumes) await confirmDeletion(context, workspace);
  await ensureStateFolder(workspace);
  const driver = await currentDriver(context, workspace);
  let stopped = await end(driver, { volumes });
  if (stopped && !volumes) context.reporter.note(`data stays in ${driver.dataPlace}`);
  for (const other of await otherDrivers(context, workspace, { current: driver, volumes })) {
    stopped = (await endOther(context, other, { volumes })) || stopped;
  }
  return { data: { stopped, dataDeleted: volumes } };
}

/** @returns whether it ran */
async function end(driver: SandboxDriver, { volumes }: { volumes: boolean }): Promise<boolean> {
  const running = await driver.attach();
  await running?.stop();
  await driver.purge({ data: volumes });
  return running !== undefined;
}

/** Drivers used earlier. */
function otherDrivers(
  context: Context,
  workspace: Workspace,
  { current, volumes }: { current: SandboxDriver; volumes: boolean },
): Promise<SandboxDriver[]> {
  const names = new Set<DriverName>(readDriverRecord(workspace.stateFolder).holders);
  // A service run by hand keeps its read models where embedded keeps its data.
  if (volumes) names.add('embedded');
  names.delete(current.name);
  return Promise.all([...names].map((name) => driverOf(name, { context, workspace })));
}

/** It runs only if it could not be asked when another driver took its place. */
async function endOther(
  { reporter }: Context,
  driver: SandboxDriver,
  what: { volumes: boolean },
): Promise<boolean> {
  try {
    return await end(driver, what);
  } catch (error) {
    const isAbsent = error instanceof FintechError && error.code === 'SANDBOX_DRIVER_ABSENT';
    if (!isAbsent || what.volumes) throw error;
    reporter.detail(`not asked for what it may still run: ${error.message}`);
    return false;
  }
}

export async function restart(context: Context, name: string): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  const driver = await currentDriver(context, workspace);
  const running = await driver.attach();
  if (running === undefined) throw notRunning();
  const step = context.reporter.step(name);
  try {
    await running.restart(name);
  } catch (error) {
    step.fail();
    throw error;
  }
  step.succeed();
  return statusOutcome(driver.name, await running.status());
}

async function confirmDeletion({ prompts }: Context, { root }: Workspace): Promise<void> {
  const message = `Delete all events and read models of ${root}?`;
  if (await prompts.confirm({ message, flag: '--yes' })) return;
  throw new FintechError('USAGE_NEEDS_CONFIRMATION', 'nothing was stopped or deleted', {
    hint: 'Answer yes, or run it with --yes.',
  });
}

function notRunning(remains: readonly UnitStatus[] = []): FintechError {
  const why =
    remains.length === 0 ? '' : ': its units were stopped, and `fintech down` was not run';
  return new FintechError(
    'SANDBOX_NOT_RUNNING',
    `the sandbox of this workspace is not running${why}`,
    { hint: 'Run `fintech up`.' },
  );
}
