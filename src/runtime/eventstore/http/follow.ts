import type { Clock } from '../../../kernel/time.ts';
import type { EventStore, LogFollow } from '../contract.ts';

export const HEARTBEAT_MS = 15_000;

interface FollowSession {
  clock: Clock;
  /** When the client's token ends. */
  expiresMs: number;
}

type Control = 'caught-up' | 'heartbeat' | 'token-expired';

/**
 * The lines of a follow read. Control lines carry the position up to which everything was delivered;
 * a client that resumes from it misses nothing.
 */
export async function* followLines(
  store: EventStore,
  read: LogFollow,
  { clock, expiresMs }: FollowSession,
): AsyncGenerator<string> {
  const steps = store.follow(read)[Symbol.asyncIterator]();
  let position = read.after;
  let sentMs = clock.now();
  let next = steps.next();
  while (!read.signal.aborted) {
    const nowMs = clock.now();
    if (nowMs >= expiresMs) {
      yield controlLine('token-expired', position);
      return;
    }
    if (nowMs - sentMs >= HEARTBEAT_MS) {
      sentMs = nowMs;
      yield controlLine('heartbeat', position);
    }
    const step = await within(next, Math.min(sentMs + HEARTBEAT_MS, expiresMs) - nowMs, clock);
    if (step === undefined) continue;
    if (step.done === true) return;
    const { value } = step;
    position = value.through;
    if (value.kind === 'caught-up') yield controlLine('caught-up', position);
    else if (value.lines.length > 0) yield `${value.lines.join('\n')}\n`;
    if (value.kind === 'caught-up' || value.lines.length > 0) sentMs = clock.now();
    next = steps.next();
  }
}

function controlLine(control: Control, position: number): string {
  return `{"control":"${control}","position":"${position}"}\n`;
}

/** The result, or undefined when it takes longer. */
async function within<T>(result: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  using _timer = clock.after(ms, () => resolve(undefined));
  // Awaited here: the timer must outlive the wait.
  return await Promise.race([result, late]);
}
