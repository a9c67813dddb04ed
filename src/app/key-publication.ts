import { messageOf } from '../kernel/errors.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import type { Context } from './context.ts';
import type { Workspace } from './workspace.ts';

/**
 * Hands the project's keys to the sandbox that runs, where it works on a copy of them: identity in
 * Docker has one of its start, embedded it reads the files themselves. Never fails, since whoever
 * made a key has use for it without a sandbox too.
 */
export async function publishKeys(context: Context, workspace: Workspace): Promise<void> {
  if (readDriverRecord(workspace.stateFolder).holders[0] !== 'docker') return;
  const { currentDriver } = await import('./sandbox.ts');
  try {
    const running = await (await currentDriver(context, workspace)).attach();
    await running?.publishKeys();
  } catch (error) {
    context.signal.throwIfAborted();
    context.reporter.warn(
      `a new key was made, and identity in Docker could not be given it: ${messageOf(error)}. If the sandbox runs, \`fintech down\` and \`fintech up\` give it every key.`,
    );
  }
}
