import { type Call, NOTHING, type State } from './register-model.ts';

/**
 * The whole history of a register, and which of its parts speak for it: where a part has no order,
 * the whole has none. Reads may always be left out. A write may if no read or comparison of the part
 * can have seen it: because it began too late, or because a third write of the part came in between.
 */
export class Whole {
  /** What wrote each value, by the end. */
  readonly #writers: ReadonlyMap<State, readonly Call[]>;
  readonly #appends: boolean;

  constructor(calls: readonly Call[]) {
    this.#appends = calls.some(({ effect }) => effect.kind === 'append');
    const writers = calls.filter(({ effect }) => leftBy(effect) !== undefined);
    this.#writers = Map.groupBy(
      writers.toSorted((a, b) => a.returnedAt - b.returnedAt),
      ({ effect }) => leftBy(effect) ?? '',
    );
  }

  /**
   * Those of some calls left out of a part that must not be, for the rest to speak for the whole up
   * to some time.
   */
  needed<C extends Call>(rest: readonly C[], leftOut: readonly C[], endedAt: number): Set<C> {
    if (this.#appends) return new Set(leftOut.filter(({ effect }) => isPart(effect, rest)));
    const kept = new Set(rest.map(({ calledAt }) => calledAt));
    const between = new Writes(rest);
    const others = new Writes(leftOut);
    const byBegin = new Map(leftOut.map((call) => [call.calledAt, call]));
    const needed = new Set<C>();
    for (const observer of rest) {
      const since = between.latestBefore(observer)?.calledAt ?? -Infinity;
      for (const missing of this.#seenBy(observer, since)) {
        if (kept.has(missing.calledAt) || missing.calledAt > endedAt) continue;
        const overwriter = others.latestBefore(observer);
        const isOverwritten = overwriter !== undefined && overwriter.calledAt > missing.returnedAt;
        const call = isOverwritten ? overwriter : byBegin.get(missing.calledAt);
        if (call !== undefined) needed.add(call);
      }
    }
    return needed;
  }

  /** What the observer can have seen, if it did not end before `since`. */
  *#seenBy({ effect, returnedAt }: Call, since: number): Generator<Call> {
    const writers = this.#writers.get(seenBy(effect) ?? '') ?? [];
    for (let index = writers.length - 1; index >= 0; index--) {
      const writer = writers[index];
      if (writer === undefined || writer.returnedAt < since) return;
      if (writer.calledAt < returnedAt) yield writer;
    }
  }
}

/** Writes of a part that have ended. */
class Writes<C extends Call> {
  /** By their ends, each with the latest to begin among those that had ended by then. */
  readonly #latest: { endedAt: number; latest: C }[] = [];

  constructor(calls: readonly C[]) {
    const ended = calls.filter(
      ({ effect, returnedAt }) => effect.kind !== 'read' && returnedAt !== Infinity,
    );
    let latest: C | undefined;
    for (const call of ended.toSorted((a, b) => a.returnedAt - b.returnedAt)) {
      if (latest === undefined || call.calledAt > latest.calledAt) latest = call;
      this.#latest.push({ endedAt: call.returnedAt, latest });
    }
  }

  /** The latest to begin of those that ended before this call began. */
  latestBefore({ calledAt }: Call): C | undefined {
    let [low, high] = [0, this.#latest.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#latest[middle]?.endedAt ?? Infinity) < calledAt) low = middle + 1;
      else high = middle;
    }
    return this.#latest[low - 1]?.latest;
  }
}

/** Without open calls that wrote what no call can have seen: they explain nothing. */
export function withoutIdle<C extends Call>(calls: readonly C[]): C[] {
  const appends = calls.some(({ effect }) => effect.kind === 'append');
  const lastSeen = new Map<State, number>();
  for (const { effect, returnedAt } of calls) {
    const seen = seenBy(effect);
    if (seen !== undefined) lastSeen.set(seen, Math.max(lastSeen.get(seen) ?? 0, returnedAt));
  }
  return calls.filter(({ effect, calledAt, returnedAt }) => {
    const left = leftBy(effect);
    if (appends || returnedAt !== Infinity || left === undefined) return true;
    return (lastSeen.get(left) ?? -Infinity) > calledAt;
  });
}

function leftBy(effect: Call['effect']): State | undefined {
  if (effect.kind === 'write') return effect.value;
  return effect.kind === 'cas' ? effect.to : undefined;
}

function seenBy(effect: Call['effect']): State | undefined {
  if (effect.kind === 'read') return effect.value;
  return effect.kind === 'cas' ? effect.from : undefined;
}

/** Where values are appended to, whether one may be a part of what was seen. */
function isPart(effect: Call['effect'], rest: readonly Call[]): boolean {
  if (effect.kind === 'read') return false;
  const left = effect.kind === 'append' ? `"${effect.text}` : (leftBy(effect) ?? NOTHING);
  return (
    left === NOTHING ||
    rest.some((call) => {
      const seen = seenBy(call.effect);
      return seen?.startsWith('"') === true && seen.slice(1).includes(left.slice(1));
    })
  );
}
