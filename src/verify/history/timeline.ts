import type { Call } from './register-model.ts';

/**
 * Beginnings and ends of calls in the order of time, as a list from which a call is taken out and
 * put back in constant time. Entry `2i` is the beginning of call `i`, `2i + 1` its end.
 */
export class Timeline {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #time: Float64Array;
  /** Stands before the first entry and behind the last. */
  readonly end: number;

  /** @param calls in the order of their beginnings, all of them ended */
  constructor(calls: readonly Call[]) {
    this.end = 2 * calls.length;
    this.#next = new Int32Array(this.end + 1);
    this.#previous = new Int32Array(this.end + 1);
    this.#time = Float64Array.from(
      calls.flatMap(({ calledAt, returnedAt }) => [calledAt, returnedAt]),
    );
    const inTime = Array.from(this.#time.keys()).toSorted(
      (a, b) => this.timeOf(a) - this.timeOf(b),
    );
    let before = this.end;
    for (const entry of [...inTime, this.end]) {
      this.#next[before] = entry;
      this.#previous[entry] = before;
      before = entry;
    }
  }

  get first(): number {
    return this.after(this.end);
  }

  after(entry: number): number {
    return this.#next[entry] ?? this.end;
  }

  afterCall(call: number): number {
    return this.after(2 * call);
  }

  isCall(entry: number): boolean {
    return entry !== this.end && entry % 2 === 0;
  }

  callAt(entry: number): number {
    return entry / 2;
  }

  timeOf(entry: number): number {
    return this.#time[entry] ?? Infinity;
  }

  /** When the first of the calls left ends: what begins later cannot be next. */
  get bound(): number {
    let at = this.first;
    while (this.isCall(at)) at = this.after(at);
    return this.timeOf(at);
  }

  lift(call: number): void {
    this.#unlink(2 * call);
    this.#unlink(2 * call + 1);
  }

  /** Calls are put back in the reverse order in which they were lifted. */
  putBack(call: number): void {
    this.#link(2 * call + 1);
    this.#link(2 * call);
  }

  /** The calls left that are not behind this one. All of them began before the first end left. */
  callsUpTo(call: number): number[] {
    const calls: number[] = [];
    for (let at = this.first; this.isCall(at) && at <= 2 * call; at = this.after(at)) {
      calls.push(at / 2);
    }
    return calls;
  }

  #unlink(entry: number): void {
    const [before, behind] = [this.#previous[entry] ?? 0, this.#next[entry] ?? 0];
    this.#next[before] = behind;
    this.#previous[behind] = before;
  }

  #link(entry: number): void {
    this.#next[this.#previous[entry] ?? 0] = entry;
    this.#previous[this.#next[entry] ?? 0] = entry;
  }
}
