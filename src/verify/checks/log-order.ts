import type { Check, CheckRun } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf } from '../facts.ts';
import { keysOfEvent, nameOf, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';

export const logOrder: Check = defineCheck({
  id: 'log/order',
  title: 'Global positions run 1, 2, 3 … without gap or repetition',
  severity: 'critical',
  scope: 'log',
  needs: ['event', 'damage'],
  isKeyed: false,
  unit: 'events',
  reads: ['globalposition'],
  implies: [],
  about: {
    proves:
      'Every event has the global position that follows the one before it, from 1 on: none was removed, repeated or moved.',
    skips:
      'Logs whose events carry no `globalposition`. A filtered or partial export is not a whole log: leave this check out with `--skip log/order`.',
    notFooledBy:
      'A gap that unreadable lines explain: `log/corruption` reports those. One event out of place does not make the events behind it wrong.',
  },
  start: (evidence) => new Order(evidence),
});

const FILTERED = '; a filtered export is not a whole log: --skip log/order';

interface Fault {
  expected: string;
  actual: string;
  hint?: string;
}

class Order implements CheckRun<FactOf<'event' | 'damage'>> {
  readonly #evidence: Evidence;
  /** The highest position so far, and the event that has it. */
  #highest = 0n;
  #at: EventRef | undefined;
  /** Unreadable lines since then: each may have held one position. */
  #lost = 0n;
  #carried: boolean | undefined;
  /** Whether nothing was found yet. */
  #whole = true;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  take(fact: FactOf<'event' | 'damage'>): void {
    if (fact.kind === 'damage') this.#lost += fact.lost ? 1n : 0n;
    else if (fact.globalPosition === undefined) this.#withoutPosition(fact);
    else this.#withPosition(fact, fact.globalPosition);
  }

  #withoutPosition(event: EventFact): void {
    this.#carried ??= false;
    if (!this.#carried) return this.#evidence.skipped('the event carries no globalposition');
    this.#found(event, { expected: 'a globalposition, as before', actual: 'none' });
  }

  #withPosition(event: EventFact, text: string): void {
    this.#carried ??= true;
    this.#evidence.checked();
    if (event.at.position !== text || text.startsWith('0')) {
      return this.#found(event, { expected: 'a globalposition from 1', actual: quoted(text) });
    }
    const position = BigInt(text);
    const next = this.#highest + 1n;
    const expected = `position ${next}`;
    if (position < next) {
      const actual = `position ${position}, which is not after ${this.#highest}`;
      return this.#found(event, { expected, actual });
    }
    if (position > next + this.#lost) {
      const actual = `position ${position}${missing(next, position)}`;
      // Once: a filtered export has many gaps.
      this.#found(event, { expected, actual, hint: this.#whole ? FILTERED : '' });
    }
    this.#highest = position;
    this.#at = event.at;
    this.#lost = 0n;
  }

  #found(event: EventFact, { expected, actual, hint = '' }: Fault): void {
    this.#whole = false;
    this.#evidence.found({
      message: `${nameOf(event)} breaks the order of the log: expected ${expected}, found ${actual}${hint}`,
      expected,
      actual,
      events: this.#at === undefined ? [event.at] : [this.#at, event.at],
      keys: keysOfEvent(event),
    });
  }
}

function missing(next: bigint, position: bigint): string {
  const last = position - 1n;
  return last === next ? ` (${next} is missing)` : ` (${next} to ${last} are missing)`;
}
