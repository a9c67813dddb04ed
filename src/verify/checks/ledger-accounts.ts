import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { AccountFact, EventFact, EventRef, FactOf } from '../facts.ts';
import { counted } from '../../kernel/counted.ts';
import { keysOfEvent, nameOf, placeOf, quoted } from '../naming.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import { DeclaredAccounts } from './declared-accounts.ts';
import { OrderedEvidence } from './ordered-evidence.ts';
import { defineCheck } from './define.ts';
import { ownCopy } from '../keys.ts';

export const ledgerAccounts: Check = defineCheck({
  id: 'ledger/accounts',
  title: 'Money moves only on accounts that are open, in their currency',
  severity: 'high',
  scope: 'all',
  needs: ['account', 'transaction', 'hold', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'postings and holds',
  reads: ['data.accountId', 'data.currency', ...POSTING_PATHS, 'data.transactionId', 'data.holdId'],
  implies: ['ledger/limits'],
  about: {
    proves:
      'Every posting and every hold is on an account that was opened before, is not closed, and holds the currency of the posting.',
    skips:
      'Postings to unopened accounts where no account is opened in the log at all, or where the log begins in mid-life or lacks events: the opening may be among them; accounts that `verify.accounts` describes; accounts whose events stand in several partitions, which have no order.',
    notFooledBy:
      'Accounts closed and opened again; an account opened in the same append as its first posting.',
  },
  start: (evidence, settings) => new Accounts(evidence, settings),
});

type Needed = FactOf<'account' | 'transaction' | 'hold' | 'unusable' | 'blind'>;

interface AccountState {
  currency: string;
  at: EventRef;
  closed: EventRef | undefined;
  /** How often events had gone missing when the log last spoke of this account. */
  gaps: number;
}

/** Postings to one account that was not opened, told once. */
interface Unopened {
  first: EventFact;
  postings: number;
}

interface Movement {
  event: EventFact;
  accountId: string;
  currency: string;
}

class Accounts implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #ordered: OrderedEvidence;
  readonly #declarations: DeclaredAccounts;
  readonly #settings: CheckSettings;
  readonly #accounts = new Map<string, AccountState>();
  readonly #unopened = new Map<string, Unopened>();
  #gaps = 0;
  /** Whether the log opens any account, of another pass too. */
  #opensAny = false;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#ordered = new OrderedEvidence(evidence);
    this.#declarations = new DeclaredAccounts(settings);
    this.#settings = settings;
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'blind':
        this.#gaps++;
        return;
      case 'unusable':
        // It may have opened any account.
        if (fact.what === 'account') this.#gaps++;
        return;
      case 'account':
        return this.#takeStep(fact);
      case 'transaction':
        for (const { accountId, currency } of fact.postings) {
          this.#move({ event: fact.event, accountId, currency });
        }
        return;
      case 'hold': {
        const { event, accountId, currency } = fact;
        if (accountId !== undefined && currency !== undefined)
          this.#move({ event, accountId, currency });
      }
    }
  }

  finish(): void {
    for (const [accountId, { first, postings }] of this.#unopened) {
      if (!this.#opensAny) {
        this.#evidence.skipped('no account is opened in the log', postings);
      } else {
        this.#foundUnopened(accountId, { first, postings });
      }
    }
    this.#ordered.finish();
  }

  #takeStep({ event, step, accountId, currency = '' }: AccountFact): void {
    if (step === 'opened') this.#opensAny = true;
    if (!this.#settings.owns(accountId)) return;
    this.#ordered.touch(accountId, event);
    const account = this.#accounts.get(accountId);
    if (account !== undefined) account.gaps = this.#gaps;
    if (step === 'closed' && account !== undefined) account.closed = event.at;
    if (step !== 'opened') return;
    const early = this.#unopened.get(accountId);
    if (early !== undefined) {
      this.#unopened.delete(accountId);
      this.#foundUnopened(accountId, early);
    }
    if (account === undefined && this.#isFull()) return;
    if (account === undefined || account.closed !== undefined) {
      const state = {
        currency: ownCopy(currency),
        at: event.at,
        closed: undefined,
        gaps: this.#gaps,
      };
      this.#accounts.set(ownCopy(accountId), state);
    }
  }

  #move(movement: Movement): void {
    if (!this.#settings.owns(movement.accountId)) return;
    const account = this.#accounts.get(movement.accountId);
    if (account === undefined) return this.#moveUnopened(movement);
    this.#ordered.checked(movement.accountId, movement.event);
    if (account.closed !== undefined) this.#moveClosed(movement, account, account.closed);
    // Some logs open an account without a currency.
    if (account.currency !== '' && account.currency !== movement.currency) {
      this.#found(movement, {
        expected: `an account in ${quoted(account.currency)}, as it was opened`,
        actual: quoted(movement.currency),
        events: [account.at, movement.event.at],
      });
    }
  }

  #moveUnopened({ event, accountId }: Movement): void {
    if (this.#gaps > 0) {
      return this.#evidence.skipped('the account may have been opened in events the log lacks');
    }
    if (this.#declarations.ruleOf(accountId) !== undefined) {
      return this.#evidence.skipped(
        'the account stands in verify.accounts, and need not be opened',
      );
    }
    const seen = this.#unopened.get(accountId);
    if (seen !== undefined) seen.postings++;
    else if (!this.#isFull()) this.#unopened.set(ownCopy(accountId), { first: event, postings: 1 });
  }

  #moveClosed(movement: Movement, account: AccountState, closed: EventRef): void {
    if (account.gaps < this.#gaps) {
      return this.#evidence.skipped(
        'the account may have been opened again in events the log lacks',
      );
    }
    this.#found(movement, {
      expected: 'an open account',
      actual: `one closed at ${placeOf(closed)}`,
      events: [closed, movement.event.at],
    });
  }

  #foundUnopened(accountId: string, { first, postings }: Unopened): void {
    this.#ordered.checked(accountId, first, postings);
    const movement = { event: first, accountId, currency: '' };
    const actual = `one not opened before (${counted(postings, 'postings')})`;
    this.#found(movement, { expected: 'an open account', actual, events: [first.at] });
  }

  #found(
    { event, accountId, currency }: Movement,
    proof: { expected: string; actual: string; events: EventRef[] },
  ): void {
    const message = `${nameOf(event)} touches account ${quoted(accountId)}: expected ${proof.expected}, found ${proof.actual}`;
    const keys = keysOfEvent(event, accountId, currency);
    this.#ordered.found(accountId, { event, proof: { message, ...proof, keys } });
  }

  #isFull(): boolean {
    const full = this.#accounts.size + this.#unopened.size >= this.#settings.maxKeys;
    if (full) this.#evidence.gaveUp(`the log has more than ${this.#settings.maxKeys} accounts`);
    return full;
  }
}
