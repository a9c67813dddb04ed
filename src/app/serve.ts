import { FintechError } from '../kernel/errors.ts';
import { jsonLog } from '../kernel/log.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { parentProcess } from '../kernel/parent-process.ts';
import { whenAborted } from '../kernel/time.ts';
import { COMPONENTS, type ComponentName } from '../model/names.ts';
import { serveComponent } from '../runtime/sandbox/serve-component.ts';
import { runnerLineOf } from '../runtime/sandbox/runner-message.ts';
import { runService } from '../runtime/sandbox/service-runner.ts';
import type { Context } from './context.ts';
import { hostSandbox } from './detached.ts';

/** One component by its environment, until a signal: what a container runs. */
export async function serveComponentPart(context: Context, part: string): Promise<void> {
  if (!isComponent(part)) {
    const parts = [...COMPONENTS, 'service', 'sandbox'];
    throw new FintechError('USAGE_INVALID', `no part "${part}".${didYouMean(part, parts)}`, {
      hint: `Parts: ${parts.join(', ')}.`,
    });
  }
  const { clock, random, environment, reporter, signal } = context;
  // A component goes on when nobody reads its log any more.
  const write = (line: string) => void reporter.write(line).catch(() => undefined);
  const log = jsonLog(part, clock, write);
  // Containers start in any order, and again in any order with their engine.
  const patience = { patienceMs: Number.POSITIVE_INFINITY, signal };
  const deps = { clock, random, log, patience };
  const starting = serveComponent(part, environment, deps).catch((error: unknown) => {
    if (error === signal.reason) return undefined;
    throw error;
  });
  await using component = await starting;
  if (component !== undefined) await whenAborted(signal);
}

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

/** The process behind `up --detach`. */
export async function serveSandboxPart(
  context: Context,
  input: { services: boolean; except: readonly string[]; timeoutMs: number },
): Promise<void> {
  const parent = parentProcess();
  if (parent === undefined) {
    throw new FintechError('USAGE_INVALID', '`serve sandbox` is started by `fintech up --detach`', {
      hint: 'Run `fintech up --detach`.',
    });
  }
  await hostSandbox(context, input, parent);
}

function isComponent(part: string): part is ComponentName {
  return COMPONENTS.some((name) => name === part);
}
