import { isBalanced } from '../../model/ledger.ts';
import { formatMoney } from '../../model/money.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf, MovementFact } from '../facts.ts';
import { keysOfEvent, nameOf, quoted } from '../naming.ts';
import { settingOf } from '../settings.ts';
import { isMatch } from './declared-accounts.ts';
import { defineCheck } from './define.ts';

export const ledgerConservation: Check = defineCheck({
  id: 'ledger/conservation',
  title: 'All balances together are what was minted less what was burned',
  severity: 'critical',
  scope: 'all',
  needs: ['movement', 'transaction', 'unusable', 'blind'],
  isKeyed: false,
  unit: 'appends of movements and transactions',
  // Movements are mapped, and the map says where they stand.
  reads: [],
  implies: [],
  about: {
    proves:
      'In books of single entry, right after every append, the movements of all accounts sum in each currency to those that bring money in or take it out: the event types that `verify.checks: { ledger/conservation: { minted: [<type>], burned: [<type>] } }` names. Transactions add nothing to that sum, for their postings balance.',
    skips:
      'Movements where no `minted` or `burned` is configured: entries of one account against the outside sum to nothing (`minted: []` says that no money enters). Transactions that `ledger/balanced` reports. Appends of which lines are missing or unreadable.',
    notFooledBy:
      'What stands between the movements of one append: movements that follow each other with one `recordedtime` (where there is none, one time) or one `correlationid` are judged when the last of them is there. A log without order, or of partitions, is judged as a whole.',
  },
  start: (evidence, settings) => new Conservation(evidence, settings),
});

type Needed = FactOf<'movement' | 'transaction' | 'unusable' | 'blind'>;

/** Movements that became visible together. */
interface Append {
  last: EventFact;
  events: EventRef[];
  /** What they add to all balances, by currency, without what is minted or burned. */
  sums: Map<string, bigint>;
  /** Whether some of them may be missing. */
  isCut: boolean;
}

/** What is on all accounts of one currency, and what should be. */
interface Total {
  balances: bigint;
  /** Minted less burned. */
  outside: bigint;
  /** What was told before, which later balances carry on. */
  toldBefore: bigint;
}

class Conservation implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #maxKeys: number;
  /** Types that bring money in or take it out; undefined where nothing says so. */
  readonly #outside: readonly (readonly string[])[] | undefined;
  readonly #totals = new Map<string, Total>();
  #append: Append | undefined;
  /** Whether lines are missing in front of the next movement. */
  #isCut = false;
  #isFirst = true;

  constructor(evidence: Evidence, { config, maxKeys }: CheckSettings) {
    const { minted, burned } = settingOf(config, 'ledger/conservation');
    this.#evidence = evidence;
    this.#maxKeys = maxKeys;
    this.#outside =
      minted === undefined && burned === undefined
        ? undefined
        : [...(minted ?? []), ...(burned ?? [])].map((type) => type.split('*'));
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'blind':
        this.#isCut = true;
        if (this.#append !== undefined) this.#append.isCut = true;
        return;
      case 'transaction':
        if (isBalanced(fact.totals)) this.#evidence.checked();
        else this.#evidence.skipped('`ledger/balanced` reports the transaction');
        return;
      case 'unusable':
        if (fact.what === 'movement') this.#appendOf(fact.event).isCut = true;
        return;
      case 'movement':
        return this.#takeMovement(fact);
    }
  }

  finish(): void {
    this.#close();
  }

  #takeMovement({ event, amount, currency }: MovementFact): void {
    const outside = this.#outside;
    if (outside === undefined) {
      return this.#evidence.skipped('nothing says which movements bring money in or take it out');
    }
    const total = this.#totalOf(currency);
    if (total === undefined) return;
    const append = this.#appendOf(event);
    append.events.push(event.at);
    if (append.events.length > MAX_SHOWN) append.events.shift();
    total.balances += amount;
    const isOutside = outside.some((parts) => isMatch(event.type ?? '', parts));
    if (isOutside) total.outside += amount;
    append.sums.set(currency, (append.sums.get(currency) ?? 0n) + (isOutside ? 0n : amount));
  }

  #totalOf(currency: string): Total | undefined {
    const before = this.#totals.get(currency);
    if (before !== undefined) return before;
    if (this.#totals.size >= this.#maxKeys) {
      this.#evidence.gaveUp(`the log has more than ${this.#maxKeys} currencies`);
      return undefined;
    }
    const total: Total = { balances: 0n, outside: 0n, toldBefore: 0n };
    this.#totals.set(currency, total);
    return total;
  }

  /** The append an event belongs to; the one before it is over where it does not. */
  #appendOf(event: EventFact): Append {
    const before = this.#append;
    if (before !== undefined && isOneAppend(before.last, event)) {
      before.last = event;
      return before;
    }
    this.#close();
    const isCut = this.#isCut || (this.#isFirst && event.at.log.profile.startsInMiddle);
    this.#isCut = false;
    this.#isFirst = false;
    const append: Append = { last: event, events: [], sums: new Map(), isCut };
    this.#append = append;
    return append;
  }

  /** Only now can anyone see the balances. */
  #close(): void {
    const append = this.#append;
    this.#append = undefined;
    if (append === undefined || append.events.length === 0) return;
    if (append.isCut) this.#evidence.skipped('movements of the append may be missing');
    else this.#evidence.checked();
    for (const [currency, sum] of append.sums) if (sum !== 0n) this.#judge(append, currency);
  }

  #judge(append: Append, currency: string): void {
    const total = this.#totals.get(currency);
    if (total === undefined) return;
    const due = total.outside + total.toldBefore;
    total.toldBefore = total.balances - total.outside;
    if (append.isCut) return;
    const money = (amount: bigint) => formatMoney({ amount, currency });
    const expected = `${money(due)} on all accounts`;
    const actual = money(total.balances);
    this.#evidence.found({
      message: `right after ${nameOf(append.last)} all balances in ${quoted(currency)} are not what was minted less what was burned: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: append.events,
      keys: keysOfEvent(append.last, currency),
    });
  }
}

/** Movements of an append that a finding shows at most. */
const MAX_SHOWN = 10;

function isOneAppend(one: EventFact, other: EventFact): boolean {
  if (one.at.log !== other.at.log) return false;
  if (one.at.line === other.at.line) return true;
  // Without order nobody knows what was seen together: only the whole log is.
  if (one.at.log.profile.order === 'none' || one.partition !== undefined) return true;
  if (one.correlationId !== undefined && one.correlationId === other.correlationId) return true;
  const [when, then] = [one.recordedTime ?? one.time, other.recordedTime ?? other.time];
  return when !== undefined && when === then;
}
