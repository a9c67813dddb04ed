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
  implies: ['log/clock'],
  about: {
    proves:
      'Every event has the global position that follows the one before it, from 1 on: none was removed, repeated or moved.',
    skips:
      'Logs whose events carry no `globalposition`, and logs with `order: none`. A filtered or partial export is not a whole log: leave this check out with `--skip log/order`.',
    notFooledBy:
      'A gap that unreadable lines explain: `log/corruption` reports those. Holes where the log says `order: increasing`, partitions that each count for themselves, a start in mid-life, an event delivered again. One event out of place does not make the events behind it wrong.',
  },
  start: (evidence) => new Order(evidence),
});

const FILTERED = '; a filtered export is not a whole log: --skip log/order';

interface Fault {
  expected: string;
  actual: string;
  /** The event before it. */
  at?: EventRef | undefined;
  hint?: string;
}

/** How far one partition has come; a log without partitions is one. */
interface Reached {
  highest: bigint;
  /** The event that has it. */
  at: EventRef | undefined;
  /** Unreadable lines of the log up to here: each behind it may have held one position. */
  lostBefore: bigint;
}

const MAX_PARTITIONS = 100_000;

class Order implements CheckRun<FactOf<'event' | 'damage'>> {
  readonly #evidence: Evidence;
  readonly #partitions = new Map<string, Reached>();
  #lost = 0n;
  #carried: boolean | undefined;
  /** Whether nothing was found yet. */
  #whole = true;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  take(fact: FactOf<'event' | 'damage'>): void {
    if (fact.kind === 'damage') this.#lost += fact.lost ? 1n : 0n;
    else if (fact.at.log.profile.order === 'none')
      this.#evidence.skipped('the log promises no order');
    else if (fact.globalPosition === undefined) this.#withoutPosition(fact);
    else this.#withPosition(fact, fact.globalPosition);
  }

  #withoutPosition(event: EventFact): void {
    this.#carried ??= false;
    const name = positionName(event);
    if (!this.#carried) return this.#evidence.skipped(`the event carries no ${name}`);
    this.#found(event, { expected: `a ${name}, as before`, actual: 'none' });
  }

  #withPosition(event: EventFact, text: string): void {
    this.#carried ??= true;
    const first = event.at.log.profile.cloudEvents ? 1n : 0n;
    const unread = event.at.position.startsWith('line:') || /^0./.test(text);
    if (unread || BigInt(text) < first) {
      this.#evidence.checked();
      const expected = `a ${positionName(event)} from ${first}`;
      return this.#found(event, { expected, actual: quoted(text) });
    }
    const before = this.#partitions.get(event.partition ?? '');
    if (before === undefined && this.#partitions.size >= MAX_PARTITIONS) {
      return this.#evidence.gaveUp(`the log has more than ${MAX_PARTITIONS} partitions`);
    }
    this.#compare(event, { position: BigInt(text), before: before ?? this.#start(event) });
  }

  /** Before the first event of a partition. Others' positions may begin with 0. */
  #start({ at: { log } }: EventFact): Reached {
    return { highest: log.profile.cloudEvents ? 0n : -1n, at: undefined, lostBefore: 0n };
  }

  #compare(event: EventFact, { position, before }: { position: bigint; before: Reached }): void {
    const { highest, at } = before;
    const next = highest + 1n;
    if (position < next && event.again === true) {
      return this.#evidence.skipped('the event was delivered before');
    }
    this.#evidence.checked();
    const { profile } = event.at.log;
    const expected =
      profile.order === 'gapless' ? `position ${next}` : `a position after ${highest}`;
    if (position < next) {
      const actual = `position ${position}, which is not after ${highest}`;
      return this.#found(event, { expected, actual, at });
    }
    const excused = this.#lost - before.lostBefore + this.#mayBegin(event, before);
    if (profile.order === 'gapless' && position > next + excused) {
      const actual = `position ${position}${missing(next, position)}`;
      // Once: a filtered export has many gaps.
      this.#found(event, { expected, actual, at, hint: this.#whole ? FILTERED : '' });
    }
    const reached = { highest: position, at: event.at, lostBefore: this.#lost };
    this.#partitions.set(event.partition ?? '', reached);
  }

  /** How many positions may be missing before the first event. */
  #mayBegin({ at: { log } }: EventFact, { at }: Reached): bigint {
    if (at !== undefined) return 0n;
    if (log.profile.startsInMiddle) return BigInt(Number.MAX_SAFE_INTEGER);
    return log.profile.cloudEvents ? 0n : 1n;
  }

  #found(event: EventFact, { expected, actual, at, hint = '' }: Fault): void {
    this.#whole = false;
    const where =
      event.partition === undefined ? 'log' : `log's partition ${quoted(event.partition)}`;
    this.#evidence.found({
      message: `${nameOf(event)} breaks the order of the ${where}: expected ${expected}, found ${actual}${hint}`,
      expected,
      actual,
      events: at === undefined ? [event.at] : [at, event.at],
      keys: keysOfEvent(event),
    });
  }
}

function positionName({ at: { log } }: EventFact): string {
  return log.profile.cloudEvents ? 'globalposition' : 'position';
}

function missing(next: bigint, position: bigint): string {
  const last = position - 1n;
  return last === next ? ` (${next} is missing)` : ` (${next} to ${last} are missing)`;
}
