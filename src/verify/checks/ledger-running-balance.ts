import { parseInstantMs } from '../../kernel/time.ts';
import { formatMoney } from '../../model/money.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { FactOf, MovementFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { placeOf, quoted } from '../naming.ts';
import { looseLinks } from './balance-chain.ts';
import { defineCheck } from './define.ts';
import {
  type Entry,
  followsInOrder,
  type Instant,
  type Span,
  startOf,
  startsOf,
  sumOf,
} from './instants.ts';

export const ledgerRunningBalance: Check = defineCheck({
  id: 'ledger/running-balance',
  title: 'Every stated balance follows from the one before it',
  severity: 'high',
  scope: 'all',
  needs: ['movement', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'stated balances',
  // Movements are mapped, and the map says where they stand.
  reads: [],
  implies: ['ledger/statement', 'ledger/conservation'],
  about: {
    proves:
      'For each account and currency, the balance a movement states is the balance before it plus its amount. The first starts from zero, from `verify.openings`, or, in a log that `starts: middle`, from what it states.',
    skips:
      'Movements that state no balance, one by one where others of the same instant do; the first movement after missing or unreadable lines; accounts whose movements come from several partitions.',
    notFooledBy:
      'Any order of movements of one date or time, as in bank exports: they are held to be a chain in some order. Exports with the newest first. A log without order: all of an account is one chain.',
  },
  start: (evidence, settings) => new RunningBalances(evidence, settings),
});

type Needed = FactOf<'movement' | 'unusable' | 'blind'>;

interface AccountState {
  accountId: string;
  currency: string;
  partition: string | undefined;
  /** Whether its movements come from several partitions: in which order, nobody can say. */
  isMixed: boolean;
  /** The instant before; undefined: what stands there is taken as given. */
  before: Span | undefined;
  opening: bigint | undefined;
  instant: Instant | undefined;
  gaps: number;
  isNewestFirst: boolean;
}

class RunningBalances implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #accounts = new Map<string, AccountState>();
  #waiting = 0;
  #gaps = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(fact: Needed): void {
    if (fact.kind === 'movement') this.#takeMovement(fact);
    else if (fact.kind === 'blind' || fact.what === 'movement') this.#gaps++;
  }

  finish(): void {
    for (const account of this.#accounts.values()) this.#judge(account);
  }

  #takeMovement(movement: MovementFact): void {
    const { event, accountId, currency, amount, balanceAfter, at } = movement;
    const key = keyOf(accountId, currency);
    if (!this.#settings.owns(key)) return;
    const account = this.#accounts.get(key) ?? this.#open(key, movement);
    if (account === undefined) return;
    account.isMixed ||= account.partition !== event.partition;
    if (account.isMixed) {
      return this.#evidence.skipped('movements of the account come from several partitions');
    }
    if (account.gaps !== this.#gaps) this.#startAnew(account);
    const isUnordered = event.at.log.profile.order === 'none';
    const when = isUnordered ? '' : at;
    if (when === undefined || account.instant?.when !== when) this.#judge(account);
    account.instant ??= {
      when: when === undefined ? undefined : ownCopy(when),
      whenMs: at === undefined || isUnordered ? undefined : parseInstantMs(at),
      entries: [],
    };
    if (this.#waiting >= this.#settings.maxKeys) return this.#giveUp('movements of one instant');
    this.#waiting++;
    account.instant.entries.push({ at: event.at, amount, after: balanceAfter });
  }

  #open(key: string, { event, accountId, currency }: MovementFact): AccountState | undefined {
    if (this.#accounts.size >= this.#settings.maxKeys) {
      this.#giveUp('accounts');
      return undefined;
    }
    const opening = this.#settings.openings.get(key);
    const isWhole = this.#gaps === 0 && !event.at.log.profile.startsInMiddle;
    const account: AccountState = {
      accountId: ownCopy(accountId),
      currency: ownCopy(currency),
      partition: event.partition,
      isMixed: false,
      before: undefined,
      opening: opening ?? (isWhole ? 0n : undefined),
      instant: undefined,
      gaps: this.#gaps,
      isNewestFirst: false,
    };
    this.#accounts.set(key, account);
    return account;
  }

  /** Movements may be missing here: what the next one states is taken as given. */
  #startAnew(account: AccountState): void {
    this.#judge(account);
    account.before = undefined;
    account.opening = undefined;
    account.gaps = this.#gaps;
  }

  /** Judges the instant that is over. */
  #judge(account: AccountState): void {
    const { instant } = account;
    account.instant = undefined;
    if (instant === undefined) return;
    this.#waiting -= instant.entries.length;
    const stated = instant.entries.filter(({ after }) => after !== undefined).length;
    if (stated === instant.entries.length) this.#judgeChain(account, instant);
    else this.#judgeSome(account, instant, stated);
  }

  #judgeChain(account: AccountState, instant: Instant): void {
    const { entries } = instant;
    const links = entries.map(({ amount, after = 0n }) => ({ before: after - amount, after }));
    this.#evidence.checked(entries.length);
    const loose = startsOf(account, instant).map((start) => ({
      start,
      at: looseLinks(links, start),
    }));
    const fits = loose.find(({ at }) => at.length === 0);
    if (fits === undefined) {
      this.#found(account, entries, loose[account.isNewestFirst ? loose.length - 1 : 0]);
      account.before = undefined;
      account.opening = undefined;
      return;
    }
    account.isNewestFirst = loose.length > 1 && fits !== loose[0];
    const start = fits.start ?? startOf(links);
    this.#moveOn(account, instant, start);
  }

  /** Where only some balances are stated, the order of the log must fit, or nothing is said. */
  #judgeSome(account: AccountState, instant: Instant, stated: number): void {
    const [start] = startsOf(account, instant);
    const { entries } = instant;
    const isOne = entries.length === 1;
    if (isOne || start === undefined || !followsInOrder(entries, start)) {
      this.#evidence.skipped(
        isOne ? 'the movement states no balance' : 'some movements of the instant state no balance',
        entries.length,
      );
    } else {
      this.#evidence.checked(stated);
      this.#evidence.skipped('the movement states no balance', entries.length - stated);
    }
    if (start !== undefined) this.#moveOn(account, instant, start);
  }

  #moveOn(account: AccountState, { entries, whenMs }: Instant, start: bigint): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    const end = start + sumOf(entries);
    account.before = { whenMs, start, end, last: last.at };
    account.opening = undefined;
  }

  #found(
    { accountId, currency, before }: AccountState,
    entries: readonly Entry[],
    loose: { start: bigint | undefined; at: readonly number[] } | undefined,
  ): void {
    const wrong = (loose?.at ?? []).flatMap((index) => entries[index] ?? []).slice(0, MAX_SHOWN);
    const [first] = wrong;
    if (first === undefined) return;
    const money = (amount: bigint) => formatMoney({ amount, currency });
    const isOne = entries.length === 1 && loose?.start !== undefined;
    const expected = isOne
      ? money((loose.start ?? 0n) + first.amount)
      : `balances that follow from one another, in any order of the ${entries.length} movements of this instant`;
    const actual = `${money(first.after ?? 0n)} after ${money(first.amount)}`;
    this.#evidence.found({
      message: `account ${quoted(accountId)} at ${placeOf(first.at)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: [...(before === undefined ? [] : [before.last]), ...wrong.map(({ at }) => at)],
      keys: [accountId, currency, String(first.amount), String(first.after)],
    });
  }

  #giveUp(what: string): void {
    this.#evidence.gaveUp(`the log has more than ${this.#settings.maxKeys} ${what}`);
  }
}

/** Movements that do not follow which a finding shows at most. */
const MAX_SHOWN = 5;
