import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { CheckSettings } from '../contract.ts';
import type { EventFact } from '../facts.ts';

/** How far time has come: what `--as-of` says, else the newest time of an event. */
export class Watermark {
  readonly #asOfMs: number | undefined;
  #newestMs: number | undefined;

  constructor({ asOfMs }: CheckSettings) {
    this.#asOfMs = asOfMs;
  }

  take({ time }: EventFact): void {
    if (this.#asOfMs !== undefined || time === undefined) return;
    const ms = parseRfc3339Ms(time);
    if (ms !== undefined && ms > (this.#newestMs ?? -Infinity)) this.#newestMs = ms;
  }

  /** Undefined where no event carries a time. */
  get ms(): number | undefined {
    return this.#asOfMs ?? this.#newestMs;
  }
}
