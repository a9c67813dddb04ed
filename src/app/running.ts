import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { RunningSandbox } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { driverOf } from './sandbox.ts';
import { type SandboxStatus, statusOutcome } from './up.ts';
import { loadWorkspace, type Workspace } from './workspace.ts';

/** The sandbox of this workspace. @throws FintechError SANDBOX_NOT_RUNNING */
export async function requireRunning(
  context: Context,
  workspace: Workspace,
): Promise<RunningSandbox> {
  const running = await driverOf(context, workspace).attach();
  if (running !== undefined) return running;
  throw notRunning();
}

export async function status(context: Context): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  const running = await driverOf(context, workspace).attach();
  if (running !== undefined) return statusOutcome(await running.status());
  return { data: { driver: 'embedded', state: 'stopped', units: [] }, failure: notRunning() };
}

export interface DownResult {
  /** False when nothing ran. */
  stopped: boolean;
  dataDeleted: boolean;
}

/** Stops the sandbox; what does not run is stopped already. */
export async function down(
  context: Context,
  input: { volumes: boolean },
): Promise<Outcome<DownResult>> {
  const workspace = await loadWorkspace(context);
  if (input.volumes) await confirmDeletion(context, workspace);
  const running = await driverOf(context, workspace).attach();
  await running?.stop();
  const data = join(workspace.stateFolder, 'data');
  if (input.volumes) await rm(data, { recursive: true, force: true });
  else if (running !== undefined) context.reporter.note(`data stays in ${data}`);
  return { data: { stopped: running !== undefined, dataDeleted: input.volumes } };
}

export async function restart(context: Context, name: string): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  const running = await requireRunning(context, workspace);
  const step = context.reporter.step(name);
  try {
    await running.restart(name);
  } catch (error) {
    step.fail();
    throw error;
  }
  step.succeed();
  return statusOutcome(await running.status());
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
