import { FintechError } from '../kernel/errors.ts';
import { parentProcess } from '../kernel/parent-process.ts';
import { runnerLineOf } from '../runtime/sandbox/runner-message.ts';
import { runService } from '../runtime/sandbox/service-runner.ts';
import type { Context } from './context.ts';

/**
 * One service under its runner, until a signal or the end of its parent. Without a parent, as in a
 * container, it prints what it would have told it.
 */
export async function serveServicePart(
  context: Context,
  { command, watch }: { command: readonly string[]; watch: readonly string[] },
): Promise<void> {
  const [file, ...args] = command;
  if (file === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', 'a service needs its command', {
      hint: 'Put it behind `--`.',
    });
  }
  const { reporter, signal } = context;
  const parent = parentProcess();
  await runService({
    command: [file, ...args],
    folder: context.cwd,
    watch,
    clock: context.clock,
    tell: (message) =>
      parent === undefined ? reporter.note(runnerLineOf(message)) : parent.send(message),
    signal: parent === undefined ? signal : AbortSignal.any([signal, parent.pipeClosed()]),
  });
  parent?.leave();
}
