import { FintechError } from '../kernel/errors.ts';
import { jsonLog } from '../kernel/log.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { parentPipeClosed, parentProcess } from '../kernel/parent-process.ts';
import { whenAborted } from '../kernel/time.ts';
import { COMPONENTS, type ComponentName } from '../model/names.ts';
import { serveComponent } from '../runtime/sandbox/serve-component.ts';
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
  await using _component = await serveComponent(part, environment, { clock, random, log });
  await whenAborted(signal);
}

/** One service under its runner, until a signal or the end of its parent. */
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
  const parent = parentProcess();
  await runService({
    command: [file, ...args],
    folder: context.cwd,
    watch,
    clock: context.clock,
    tell: (message) => parent?.send(message),
    signal: AbortSignal.any([context.signal, parentPipeClosed()]),
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
