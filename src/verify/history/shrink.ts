import { type Call, type Effect, NOTHING, type State } from './register-model.ts';
import { Search, type SearchRoom } from './search.ts';

export interface ShrinkOptions {
  room: SearchRoom;
  /** Steps of all searches together. */
  maxSteps: number;
  /** Whether the time is over: what is found so far is shown then. */
  isOver: () => boolean;
}

/**
 * The calls that count up to the end of one: later ones are left out, and those that had not ended
 * are open. Where the whole has an order, so has this.
 */
export function upTo<C extends Call>(calls: readonly C[], endedAt: number): C[] {
  return calls.flatMap((call) => {
    if (call.calledAt > endedAt) return [];
    if (call.returnedAt <= endedAt) return [call];
    return call.effect.kind === 'read' ? [] : [{ ...call, returnedAt: Infinity }];
  });
}

/**
 * Fewer of calls that have no order, of which none can be left out: halves, quarters … then single
 * ones are tried. Only such are left out as prove nothing by being gone: reads, and what wrote a
 * value that no call left here can have seen.
 */
export function shrink<C extends Call>(
  calls: readonly C[],
  endedAt: number,
  options: ShrinkOptions,
): C[] {
  return new Shrinking(upTo(calls, endedAt), options).run();
}

class Shrinking<C extends Call> {
  readonly #options: ShrinkOptions;
  #kept: C[];
  #stepsLeft: number;

  constructor(calls: C[], options: ShrinkOptions) {
    this.#kept = calls;
    this.#options = options;
    this.#stepsLeft = options.maxSteps;
  }

  run(): C[] {
    for (let size = Math.ceil(this.#kept.length / 2); ; size = Math.ceil(size / 2)) {
      const before = this.#kept.length;
      this.#leaveOutEach(size);
      if (this.#isOver || (size === 1 && this.#kept.length === before)) return this.#kept;
    }
  }

  get #isOver(): boolean {
    return this.#stepsLeft <= 0 || this.#options.isOver();
  }

  #leaveOutEach(size: number): void {
    for (let from = 0; from < this.#kept.length && !this.#isOver;) {
      const fewer = leaveOut(this.#kept, from, size);
      const smaller = fewer.length === this.#kept.length ? undefined : this.#withoutOrder(fewer);
      if (smaller === undefined) from += size;
      else this.#kept = smaller;
    }
  }

  /** What of these calls counts where they have no order; undefined where they may have one. */
  #withoutOrder(calls: readonly C[]): C[] | undefined {
    const search = new Search(calls, this.#options.room);
    const steps = Math.min(this.#stepsLeft, Math.ceil(this.#options.maxSteps / 10));
    const outcome = search.run(steps);
    search.forget();
    this.#stepsLeft -= search.steps;
    return outcome === 'none' ? upTo(calls, search.blocked.endedAt) : undefined;
  }
}

/** What calls can have seen: the values that reads and comparisons name. */
class Observed {
  readonly #values = new Set<State>();
  /** Texts of which an appended piece may be a part. */
  readonly #texts: State[] = [];
  readonly #appends: boolean;

  /** @param appends whether a call of the register appends, be it among these or not */
  constructor(calls: readonly Call[], appends: boolean) {
    this.#appends = appends;
    for (const { effect } of calls) this.add(effect);
  }

  add(effect: Effect): void {
    if (effect.kind === 'read') this.#addValue(effect.value);
    if (effect.kind === 'cas') this.#addValue(effect.from);
  }

  #addValue(value: State): void {
    if (this.#values.has(value)) return;
    this.#values.add(value);
    this.#texts.push(value);
  }

  /** Whether what this effect leaves may have been seen. */
  has(effect: Effect): boolean {
    switch (effect.kind) {
      case 'read':
        return false;
      case 'append':
        return this.#isPart(effect.text);
      case 'cas':
        return this.#values.has(effect.to);
      case 'write':
        return (
          this.#values.has(effect.value) || (this.#appends && this.#isSeenInPart(effect.value))
        );
    }
  }

  #isSeenInPart(value: State): boolean {
    return value === NOTHING || (value.startsWith('"') && this.#isPart(value.slice(1)));
  }

  #isPart(text: string): boolean {
    return this.#texts.some((seen) => seen.startsWith('"') && seen.slice(1).includes(text));
  }
}

function appends(calls: readonly Call[]): boolean {
  return calls.some(({ effect }) => effect.kind === 'append');
}

/** Without those of some calls in a row that may be left out: if the whole has an order, so has this. */
export function leaveOut<C extends Call>(calls: readonly C[], from: number, size: number): C[] {
  const others = [...calls.slice(0, from), ...calls.slice(from + size)];
  const observed = new Observed(others, appends(calls));
  const back = new Set<C>();
  const chunk = calls.slice(from, from + size).filter(({ effect }) => effect.kind !== 'read');
  // A comparison that stays has seen a value, whose writer then stays too.
  for (let known = -1; known !== back.size;) {
    known = back.size;
    for (const call of chunk) {
      if (back.has(call) || !observed.has(call.effect)) continue;
      back.add(call);
      observed.add(call.effect);
    }
  }
  return calls.filter((call, index) => index < from || index >= from + size || back.has(call));
}

/** Without open calls that wrote what no call can have seen: they explain nothing. */
export function withoutIdle<C extends Call>(calls: readonly C[]): C[] {
  const observed = new Observed(calls, appends(calls));
  return calls.filter(({ effect, returnedAt }) => returnedAt !== Infinity || observed.has(effect));
}
