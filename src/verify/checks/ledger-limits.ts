import { signedAmount } from '../../model/ledger.ts';
import { formatMoney } from '../../model/money.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type {
  AccountFact,
  EventFact,
  EventRef,
  FactOf,
  HoldFact,
  TransactionFact,
} from '../facts.ts';
import { keysOfEvent, nameOf, placeOf, quoted } from '../naming.ts';
import { settingOf } from '../settings.ts';
import { type Account, Balances } from './balances.ts';
import { DeclaredAccounts } from './declared-accounts.ts';
import { OrderedEvidence } from './ordered-evidence.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import { defineCheck } from './define.ts';

export const ledgerLimits: Check = defineCheck({
  id: 'ledger/limits',
  title: 'No account is overspent, or moved while frozen or closed',
  severity: 'critical',
  scope: 'all',
  needs: ['account', 'transaction', 'hold', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'movements of accounts',
  reads: [
    'data.accountId',
    'data.kind',
    'data.currency',
    'data.overdraft',
    'data.transactionId',
    ...POSTING_PATHS,
    'data.holdId',
    'data.amount',
    'data.expiresAt',
  ],
  implies: ['ledger/accounts'],
  about: {
    proves:
      'Right after every event, with all postings of a transaction applied together, each asset or liability account stands on its normal side (debit for assets, credit for liabilities) at zero or more, or at minus its overdraft, pending holds counted as spent, and no account stands above the limit that `verify.accounts` gives it. No account is moved, and no hold placed, while it is frozen or closed.',
    skips:
      'Accounts the log does not open, unless `verify.accounts` says their kind, and `verify.openings` what stood on them where the log begins in mid-life; accounts opened without a kind; accounts whose events stand in several partitions, which have no order; and those whose balance the log cannot say, because events since their opening are missing or unreadable. Postings in another currency than their account’s, which `ledger/accounts` reports.',
    notFooledBy:
      'Overdrafts declared at opening, by `verify.accounts`, or by `verify.checks: { ledger/limits: { overdraft: [<account>] } }`; postings of one transaction in any order; holds past their expiry, posted with the transaction they pay for, voided or expired; equity, income and expense below zero.',
  },
  start: (evidence, settings) => new Limits(evidence, settings),
});

/** Holds a finding shows at most. */
const MAX_SHOWN_HOLDS = 5;

type Needed = FactOf<'account' | 'transaction' | 'hold' | 'unusable' | 'blind'>;

/** On which account, and in what. */
interface Money {
  accountId: string;
  currency: string;
}

/** What one event does to one account. */
interface Movement {
  account: Account;
  event: EventFact;
  events: readonly EventRef[];
  /** Whether it takes from what can be spent. */
  takes: boolean;
}

class Limits implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #ordered: OrderedEvidence;
  readonly #balances: Balances;
  readonly #settings: CheckSettings;

  constructor(evidence: Evidence, settings: CheckSettings) {
    const { overdraft = [] } = settingOf(settings.config, 'ledger/limits');
    this.#evidence = evidence;
    this.#ordered = new OrderedEvidence(evidence);
    this.#balances = new Balances({
      unlimited: new Set(overdraft),
      declarations: new DeclaredAccounts(settings),
      maxKeys: settings.maxKeys,
    });
    this.#settings = settings;
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'account':
        return this.#takeStep(fact);
      case 'transaction':
        return this.#takeTransaction(fact);
      case 'hold':
        return this.#takeHold(fact);
      case 'unusable':
        return this.#balances.lose(fact.accounts);
      case 'blind':
        // What stood before the log begins cannot have moved an account the log opens.
        if (fact.missing === 'inside') this.#balances.lose(undefined);
        else this.#balances.losePast();
    }
  }

  finish(): void {
    this.#ordered.finish();
  }

  #takeStep(fact: AccountFact): void {
    if (!this.#settings.owns(fact.accountId)) return;
    this.#ordered.touch(fact.accountId, fact.event);
    if (!this.#balances.step(fact)) this.#giveUp('accounts');
  }

  #takeTransaction(fact: TransactionFact): void {
    if (fact.holdId !== undefined) this.#balances.release(fact.event.at.log, fact.holdId);
    const events = fact.events.map(({ at }) => at);
    for (const [account, change] of this.#changesOf(fact)) {
      account.balance += change;
      this.#judge({ account, event: fact.event, events, takes: change < 0n });
    }
  }

  /** All postings of a transaction, summed by account, so that their order does not matter. */
  #changesOf({ postings }: TransactionFact): Map<Account, bigint> {
    const changes = new Map<Account, bigint>();
    for (const posting of postings) {
      const account = this.#knownAccount(posting);
      if (account === undefined) continue;
      if (account.currency !== posting.currency) {
        this.#evidence.skipped('the posting is in another currency than its account');
        continue;
      }
      const change = account.side === undefined ? 0n : signedAmount(posting, account.side);
      changes.set(account, (changes.get(account) ?? 0n) + change);
    }
    return changes;
  }

  #takeHold(fact: HoldFact): void {
    if (fact.step !== 'placed') return this.#balances.release(fact.event.at.log, fact.holdId);
    const account = this.#knownAccount({
      accountId: fact.accountId ?? '',
      currency: fact.currency ?? '',
    });
    if (account === undefined) return;
    if (account.currency !== fact.currency) {
      return this.#evidence.skipped('the hold is in another currency than its account');
    }
    if (!this.#balances.place(account, fact)) return this.#giveUp('pending holds');
    this.#judge({ account, event: fact.event, events: [fact.event.at], takes: true });
  }

  #knownAccount({ accountId, currency }: Money): Account | undefined {
    if (!this.#settings.owns(accountId)) return undefined;
    const account = this.#balances.account(accountId, currency);
    if ('unknown' in account) this.#evidence.skipped(account.unknown);
    else if (this.#balances.isKnown(account)) return account;
    else
      this.#evidence.skipped('events since the opening of the account are missing or unreadable');
    return undefined;
  }

  #judge(movement: Movement): void {
    const { account } = movement;
    if (account.stopped !== undefined) this.#foundStopped(movement, account.stopped);
    if (account.side === undefined)
      return this.#evidence.skipped('the account was opened without a kind');
    this.#ordered.checked(account.id, movement.event);
    if (account.overdraft !== undefined) this.#judgeBalance(movement, account.overdraft);
    if (account.limit !== undefined) this.#judgeLimit(movement, account.limit);
  }

  #judgeLimit({ account, event, events, takes }: Movement, limit: bigint): void {
    const overfull = account.balance > limit;
    if (overfull && !takes && !account.overfull) {
      const [expected, actual] = [limit, account.balance].map((amount) =>
        formatMoney({ amount, currency: account.currency }),
      );
      const proof = {
        message: `${nameOf(event)} brings account ${quoted(account.id)} over its limit: expected ${expected} or less, found ${actual}`,
        expected: `${expected} or less`,
        actual: `${actual}`,
        events,
        keys: keysOfEvent(event, account.id, 'limit'),
      };
      this.#ordered.found(account.id, { event, proof });
    }
    account.overfull = overfull && (!takes || account.overfull);
  }

  #judgeBalance(movement: Movement, overdraft: bigint): void {
    const { account, event, takes } = movement;
    const isOverspent = () => account.balance - account.held + overdraft < 0n;
    if (isOverspent()) this.#balances.expire(account, event.time);
    const overspent = isOverspent();
    // Told once, at the event that did it: what follows below the limit follows from that.
    if (overspent && takes && !account.overspent) this.#foundOverspent(movement, overdraft);
    account.overspent = overspent && (takes || account.overspent);
  }

  #foundOverspent({ account, event, events }: Movement, overdraft: bigint): void {
    const { held, pending } = account;
    const money = (amount: bigint) => formatMoney({ amount, currency: account.currency });
    const expected = `${money(-overdraft)} or more`;
    const actual =
      money(account.balance - held) + (held === 0n ? '' : `, with ${money(held)} held`);
    const holds = [...pending.values()].map(({ at }) => at).filter((at) => !events.includes(at));
    const opened = account.opened === undefined ? [] : [account.opened];
    const proof = {
      message: `${nameOf(event)} overspends account ${quoted(account.id)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: [...opened, ...holds.slice(-MAX_SHOWN_HOLDS), ...events],
      keys: keysOfEvent(event, account.id),
    };
    this.#ordered.found(account.id, { event, proof });
  }

  #foundStopped(
    { account, event, events }: Movement,
    { how, at }: { how: string; at: EventRef },
  ): void {
    const proof = {
      message: `${nameOf(event)} moves account ${quoted(account.id)}, which is ${how} since ${placeOf(at)}`,
      expected: 'no movement',
      actual: `a movement while ${how}`,
      events: [at, ...events],
      keys: keysOfEvent(event, account.id, how),
    };
    this.#ordered.found(account.id, { event, proof });
  }

  #giveUp(what: string): void {
    this.#evidence.gaveUp(`the log has more than ${this.#settings.maxKeys} ${what}`);
  }
}
