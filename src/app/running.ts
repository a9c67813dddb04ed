import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { RunningSandbox, SandboxDriver } from '../runtime/sandbox/driver.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import type { Context } from './context.ts';
import { describeOrigins } from './origins.ts';
import { currentDriver, driverOf } from './sandbox.ts';
import { type SandboxStatus, statusOutcome } from './sandbox-status.ts';
import { loadWorkspace, type Workspace } from './workspace.ts';

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
  return { data: { driver: driver.name, state: 'stopped', units: [] }, failure: notRunning() };
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
  const driver = await currentDriver(context, workspace);
  const running = await driver.attach();
  await running?.stop();
  if (volumes) await deleteElsewhere(context, workspace, driver);
  await driver.purge({ data: volumes });
  const stopped = running !== undefined;
  if (stopped && !volumes) context.reporter.note(`data stays in ${driver.dataPlace}`);
  return { data: { stopped, dataDeleted: volumes } };
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

/** Data that drivers used earlier have kept. */
async function deleteElsewhere(
  context: Context,
  workspace: Workspace,
  current: SandboxDriver,
): Promise<void> {
  for (const name of readDriverRecord(workspace.stateFolder).holders) {
    if (name === current.name) continue;
    const driver = await driverOf(name, { context, workspace });
    await driver.purge({ data: true });
  }
}

async function confirmDeletion({ prompts }: Context, { root }: Workspace): Promise<void> {
  const message = `Delete all events and read models of ${root}?`;
  if (await prompts.confirm({ message, flag: '--yes' })) return;
  throw new FintechError('USAGE_NEEDS_CONFIRMATION', 'nothing was stopped or deleted', {
    hint: 'Answer yes, or run it with --yes.',
  });
}

function notRunning(): FintechError {
  return new FintechError('SANDBOX_NOT_RUNNING', 'the sandbox of this workspace is not running', {
    hint: 'Run `fintech up`.',
  });
}
