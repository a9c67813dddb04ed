import { formatInstant, parseDurationMs, parseRfc3339Ms } from '../../kernel/time.ts';
import { formatMoney } from '../../model/money.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf, HoldFact } from '../facts.ts';
import { keysOfEvent, nameOf, placeOf, quoted } from '../naming.ts';
import { settingOf } from '../settings.ts';
import { defineCheck } from './define.ts';
import { addPosting, type HoldState, HoldStates, joinsOther, type Posting } from './hold-states.ts';

export const ledgerHolds: Check = defineCheck({
  id: 'ledger/holds',
  title: 'A hold is resolved once, in time, for no more than it holds',
  severity: 'critical',
  scope: 'all',
  needs: ['hold', 'transaction', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'steps of holds',
  reads: [
    'data.holdId',
    'data.accountId',
    'data.amount',
    'data.currency',
    'data.expiresAt',
    'data.transactionId',
  ],
  implies: ['ledger/limits'],
  about: {
    proves:
      'Every hold that is posted, voided or expired was placed before; it is resolved once; what is posted is not above what is held; and nothing is posted, by an event of the hold or a transaction that names it, after it was voided or expired or past its `expiresAt`.',
    skips:
      'Holds that may have been placed in events the log lacks: it begins in mid-life, lines are missing or unreadable, or it has no order or several partitions. Transactions that name a hold, in a log that places none.',
    notFooledBy:
      'A posting of less than is held, which lets go of the rest; postings in several parts, where `verify.checks: { ledger/holds: { partialCaptures: true } }` declares them; a posting with its transaction, whichever event comes first; clocks one minute apart (`tolerance: 5m` for more).',
  },
  start: (evidence, settings) => new Holds(evidence, settings),
});

const TOLERANCE = '1m';

type Needed = FactOf<'hold' | 'transaction' | 'unusable' | 'blind'>;

interface Fault {
  event: EventFact;
  holdId: string;
  expected: string;
  actual: string;
  events: readonly EventRef[];
}

class Holds implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #partialCaptures: boolean;
  readonly #toleranceMs: number;
  readonly #holds: HoldStates;
  #placesHolds = false;
  #gaps = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    const { partialCaptures = false, tolerance = TOLERANCE } = settingOf(
      settings.config,
      'ledger/holds',
    );
    this.#evidence = evidence;
    this.#settings = settings;
    this.#holds = new HoldStates(settings.maxKeys);
    this.#partialCaptures = partialCaptures;
    this.#toleranceMs = parseDurationMs(tolerance) ?? 0;
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'blind':
        this.#gaps++;
        return;
      case 'unusable':
        // It may have placed any hold.
        if (fact.what === 'hold') this.#gaps++;
        return;
      case 'transaction':
        if (fact.holdId !== undefined && this.#settings.owns(fact.holdId)) {
          const { event, holdId, transactionId } = fact;
          this.#post({ event, holdId, transactionId, toldBy: 'transaction', amount: 0n });
        }
        return;
      case 'hold':
        return this.#takeHold(fact);
    }
  }

  #takeHold(fact: HoldFact): void {
    const { event, step, holdId, transactionId, amount = 0n } = fact;
    if (step === 'placed') this.#placesHolds = true;
    if (!this.#settings.owns(holdId)) return;
    if (step === 'placed') this.#place(fact);
    else if (step === 'posted')
      this.#post({ event, holdId, transactionId, toldBy: 'hold', amount });
    else this.#release(event, { holdId, step });
  }

  #place(fact: HoldFact): void {
    this.#evidence.checked();
    if (this.#holds.place(fact)) return;
    this.#evidence.gaveUp(`the log has more than ${this.#settings.maxKeys} holds`);
  }

  #release(
    event: EventFact,
    { holdId, step }: { holdId: string; step: 'voided' | 'expired' },
  ): void {
    const hold = this.#placed(event, holdId);
    if (hold === undefined) return;
    this.#evidence.checked();
    const isRest = this.#partialCaptures && hold.end?.step === 'posted' && hold.taken < hold.held;
    if (hold.end !== undefined && !isRest) this.#foundTwice({ event, holdId, step, hold });
    hold.end = { step, at: event.at };
  }

  #post(posting: Posting): void {
    const { event, holdId, toldBy } = posting;
    if (toldBy === 'transaction' && !this.#placesHolds) {
      return this.#evidence.skipped('the log places no hold');
    }
    const hold = this.#placed(event, holdId);
    if (hold === undefined) return;
    this.#evidence.checked();
    if (!joinsOther(hold, posting)) {
      this.#judgePosting(posting, hold);
      addPosting(hold, posting);
    }
    this.#take(posting, hold);
  }

  #judgePosting(posting: Posting, hold: HoldState): void {
    const { event, holdId, transactionId } = posting;
    const again = hold.postings.some(
      (posted) => posted.transactionId !== undefined && posted.transactionId === transactionId,
    );
    if (hold.end?.step === 'posted') {
      if (!this.#partialCaptures || again)
        this.#foundTwice({ event, holdId, step: 'posted', hold });
    } else if (hold.end !== undefined) {
      const { step, at } = hold.end;
      const actual = `one ${step} at ${placeOf(at)}`;
      this.#found({ event, holdId, expected: 'a pending hold', actual, events: [hold.placed, at] });
    } else {
      this.#judgeTime(posting, hold);
    }
  }

  #judgeTime({ event, holdId }: Posting, { expiresAtMs, placed }: HoldState): void {
    const nowMs = event.time === undefined ? undefined : parseRfc3339Ms(event.time);
    if (nowMs === undefined || expiresAtMs === undefined) return;
    if (nowMs <= expiresAtMs + this.#toleranceMs) return;
    this.#found({
      event,
      holdId,
      expected: `a posting until ${formatInstant(expiresAtMs)}, when the hold expires`,
      actual: `one at ${formatInstant(nowMs)}`,
      events: [placed],
    });
  }

  #take({ event, holdId, amount }: Posting, hold: HoldState): void {
    const wasAbove = hold.taken > hold.held;
    hold.taken += amount;
    if (wasAbove || hold.taken <= hold.held) return;
    const money = (of: bigint) => formatMoney({ amount: of, currency: hold.currency });
    this.#found({
      event,
      holdId,
      expected: `${money(hold.held)} or less, as it holds`,
      actual: `${money(hold.taken)} posted`,
      events: [hold.placed],
    });
  }

  #placed(event: EventFact, holdId: string): HoldState | undefined {
    const hold = this.#holds.find(event.at.log, holdId);
    if (hold !== undefined) return hold;
    const reason = this.#whyUnknown(event);
    if (reason !== undefined) this.#evidence.skipped(reason);
    else {
      this.#evidence.checked();
      const expected = 'a hold that was placed before';
      this.#found({ event, holdId, expected, actual: 'none', events: [] });
    }
    return undefined;
  }

  #whyUnknown({ at, partition }: EventFact): string | undefined {
    const { profile } = at.log;
    if (this.#gaps > 0 || profile.startsInMiddle) {
      return 'the hold may have been placed in events the log lacks';
    }
    if (profile.order === 'none' || partition !== undefined) {
      return 'in a log without order, or of partitions, the hold may be placed behind';
    }
    // Past the limit the rest of the holds is not kept.
    return this.#holds.isFull ? 'there are too many holds' : undefined;
  }

  #foundTwice(twice: { event: EventFact; holdId: string; step: string; hold: HoldState }): void {
    const { event, holdId, step, hold } = twice;
    const { placed, end } = hold;
    if (end === undefined) return;
    this.#found({
      event,
      holdId,
      expected: 'one resolution',
      actual: `${step}, after it was ${end.step} at ${placeOf(end.at)}`,
      events: [placed, end.at],
    });
  }

  #found({ event, holdId, expected, actual, events }: Fault): void {
    this.#evidence.found({
      message: `${nameOf(event)} resolves hold ${quoted(holdId)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: [...new Set([...events, event.at])],
      keys: keysOfEvent(event, holdId),
    });
  }
}
