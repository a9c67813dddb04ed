import { nextTurn } from '../../kernel/turn.ts';
import { Whole } from './part.ts';
import type { Call } from './register-model.ts';
import { type Blocked, Search, type SearchRoom, TURN_STEPS } from './search.ts';

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

/** Calls that have no order, and why. */
export interface Small<C extends Call> {
  calls: C[];
  blocked: Blocked;
}

/**
 * Fewer of calls that have no order, of which none can be left out: halves, quarters … then single
 * ones are tried. What is left always speaks for the whole.
 */
export function shrink<C extends Call>(
  calls: readonly C[],
  blocked: Blocked,
  options: ShrinkOptions,
): Promise<Small<C>> {
  return new Shrinking(calls, blocked, options).run();
}

class Shrinking<C extends Call> {
  readonly #options: ShrinkOptions;
  readonly #whole: Whole;
  #kept: C[];
  #blocked: Blocked;
  #stepsLeft: number;

  constructor(calls: readonly C[], blocked: Blocked, options: ShrinkOptions) {
    this.#kept = upTo(calls, blocked.endedAt);
    this.#whole = new Whole(this.#kept);
    this.#blocked = blocked;
    this.#options = options;
    this.#stepsLeft = options.maxSteps;
  }

  async run(): Promise<Small<C>> {
    for (let size = Math.ceil(this.#kept.length / 2); ; size = Math.ceil(size / 2)) {
      const before = this.#kept.length;
      await this.#leaveOutEach(size);
      if (this.#isOver || (size === 1 && this.#kept.length === before))
        return { calls: this.#kept, blocked: this.#blocked };
    }
  }

  get #isOver(): boolean {
    return this.#stepsLeft <= 0 || this.#options.isOver();
  }

  async #leaveOutEach(size: number): Promise<void> {
    for (let from = 0; from < this.#kept.length && !this.#isOver;) {
      const fewer = leaveOut(this.#kept, {
        from,
        size,
        whole: this.#whole,
        endedAt: this.#blocked.endedAt,
      });
      if (fewer.length === this.#kept.length || !(await this.#keepIfNoOrder(fewer))) from += size;
    }
  }

  async #keepIfNoOrder(calls: readonly C[]): Promise<boolean> {
    const search = new Search(calls, this.#options.room);
    // No one search may use up what others need.
    const maxSteps = this.#stepsLeft / 2;
    let outcome = search.run(TURN_STEPS);
    while (outcome === 'more' && search.steps < maxSteps && !this.#options.isOver()) {
      await nextTurn();
      outcome = search.run(TURN_STEPS);
    }
    search.forget();
    this.#stepsLeft -= search.steps;
    if (outcome !== 'none') return false;
    this.#blocked = search.blocked;
    this.#kept = upTo(calls, this.#blocked.endedAt);
    return true;
  }
}

/** Without those of some calls in a row that may be left out. */
export function leaveOut<C extends Call>(
  calls: readonly C[],
  { from, size, whole, endedAt }: { from: number; size: number; whole: Whole; endedAt: number },
): C[] {
  const back = new Set<C>();
  for (;;) {
    const isLeftOut = (call: C, index: number) =>
      index >= from && index < from + size && !back.has(call);
    const rest = calls.filter((call, index) => !isLeftOut(call, index));
    // A comparison that comes back has seen a value: what wrote it may have to come back then.
    const needed = whole.needed(rest, calls.filter(isLeftOut), endedAt);
    if (needed.size === 0) return rest;
    for (const call of needed) back.add(call);
  }
}
