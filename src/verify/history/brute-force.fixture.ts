import type { LogCalls } from './log-calls.ts';
import { apply, type Call, NOTHING, type State } from './register-model.ts';

/** Whether some order explains the calls: tries all of them. */
export function hasOrder(calls: readonly Call[], state: State = NOTHING): boolean {
  if (calls.every(({ returnedAt }) => returnedAt === Infinity)) return true;
  const firstEnd = Math.min(...calls.map(({ returnedAt }) => returnedAt));
  return calls.some((call) => {
    if (call.calledAt > firstEnd) return false;
    const next = apply(state, call.effect);
    return next !== undefined && hasOrder(without(calls, call), next);
  });
}

/** Whether some order explains the calls on a log that held some number of entries before. */
export function hasLogOrder({ ended, open }: LogCalls): boolean {
  const calls = [
    ...ended.map(({ kind, position, operation: { calledAt, returnedAt } }) => ({
      kind,
      position,
      calledAt,
      returnedAt,
    })),
    ...open.map(({ calledAt }) => ({
      kind: 'append' as const,
      position: undefined,
      calledAt,
      returnedAt: Infinity,
    })),
  ];
  const most = Math.max(0, ...ended.map(({ position }) => position));
  return Array.from({ length: most + 1 }).some((_, before) => follows(calls, before));
}

interface Step {
  kind: 'append' | 'read';
  position: number | undefined;
  calledAt: number;
  returnedAt: number;
}

function follows(calls: readonly Step[], tail: number): boolean {
  if (calls.every(({ returnedAt }) => returnedAt === Infinity)) return true;
  const firstEnd = Math.min(...calls.map(({ returnedAt }) => returnedAt));
  return calls.some((call) => {
    if (call.calledAt > firstEnd) return false;
    const next = call.kind === 'append' ? tail + 1 : tail;
    return (call.position ?? next) === next && follows(without(calls, call), next);
  });
}

function without<T>(items: readonly T[], left: T): T[] {
  return items.filter((item) => item !== left);
}
