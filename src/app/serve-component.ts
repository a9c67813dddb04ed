import { FintechError } from '../kernel/errors.ts';
import { jsonLog } from '../kernel/log.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { whenAborted } from '../kernel/time.ts';
import { COMPONENTS, type ComponentName } from '../model/names.ts';
import { serveComponent } from '../runtime/sandbox/serve-component.ts';
import type { Context } from './context.ts';

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

function isComponent(part: string): part is ComponentName {
  return COMPONENTS.some((name) => name === part);
}
