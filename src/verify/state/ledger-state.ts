import { FintechError } from '../../kernel/errors.ts';
import { type AccountKind, signedAmount } from '../../model/ledger.ts';
import type {
  AccountFact,
  EventFact,
  EventRef,
  FactOf,
  HoldFact,
  Log,
  MovementFact,
  PaymentFact,
  TransactionFact,
} from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { type AsOf, isWithin } from './as-of.ts';

/** An account as the log has it. */
export interface AccountState {
  id: string;
  kind: AccountKind | undefined;
  status: 'open' | 'frozen' | 'closed' | 'unopened';
  /** By currency. */
  balances: Map<string, BalanceState>;
}

export interface BalanceState {
  /** Debits less credits. */
  net: bigint;
  /** What single-entry movements add up to, as the account itself counts. */
  moved: bigint;
  /** Sum of its pending holds. */
  held: bigint;
}

export interface PendingHold {
  id: string;
  accountId: string;
  amount: bigint;
  currency: string;
  expiresAt: string | undefined;
  placed: EventRef;
}

export interface PaymentState {
  id: string;
  step: PaymentFact['step'];
  amount: bigint | undefined;
  currency: string | undefined;
  captured: bigint;
  /** Refunds and chargebacks. */
  returned: bigint;
}

export const STATE_FACTS = [
  'event',
  'damage',
  'account',
  'transaction',
  'movement',
  'hold',
  'payment',
  'unusable',
] as const;

type Folded = FactOf<(typeof STATE_FACTS)[number]>;

/** Accounts, holds and payments, folded from the facts of a log up to a moment. */
export class LedgerState {
  readonly accounts: Map<string, AccountState> = new Map();
  readonly holds: Map<string, PendingHold> = new Map();
  readonly payments: Map<string, PaymentState> = new Map();
  /** Events folded, and the last of them. */
  events = 0;
  last: EventFact | undefined;
  /** Events that could not be folded: unreadable lines, and facts that do not say what they should. */
  unreadable = 0;
  /** Events that do not say when they were, where that was asked. */
  untimed = 0;
  readonly #asOf: AsOf;
  readonly #maxKeys: number;
  /** An event behind the moment was seen: a line that cannot be read is then taken to be behind it. */
  #isPast = false;

  /** @param maxKeys accounts, pending holds and payments kept, of each; one more is a FintechError VERIFY_SOURCE */
  constructor(asOf: AsOf, maxKeys: number) {
    this.#asOf = asOf;
    this.#maxKeys = maxKeys;
  }

  take(fact: Folded): void {
    if (fact.kind === 'event') return this.#takeEvent(fact);
    if (fact.kind === 'damage') {
      this.unreadable += fact.lost && !this.#isPast ? 1 : 0;
      return;
    }
    if (isWithin(fact.event, this.#asOf) !== true) return;
    switch (fact.kind) {
      case 'account':
        return this.#takeStep(fact);
      case 'transaction':
        return this.#takeTransaction(fact);
      case 'movement':
        return this.#takeMovement(fact);
      case 'hold':
        return this.#takeHold(fact);
      case 'payment':
        return this.#takePayment(fact);
      case 'unusable':
        this.unreadable++;
    }
  }

  #takeEvent(event: EventFact): void {
    const within = isWithin(event, this.#asOf);
    if (within === undefined) this.untimed++;
    if (within === false) this.#isPast = true;
    if (within !== true) return;
    this.events++;
    this.last = event;
  }

  #takeStep({ step, accountId, currency, accountKind }: AccountFact): void {
    const account = this.#account(accountId);
    if (step !== 'opened') {
      account.status = step === 'unfrozen' ? 'open' : step;
      return;
    }
    account.status = 'open';
    account.kind = accountKind ?? account.kind;
    if (currency !== undefined) balanceOf(account, currency);
  }

  #takeTransaction({ postings, holdId, event }: TransactionFact): void {
    for (const posting of postings) {
      balanceOf(this.#account(posting.accountId), posting.currency).net += signedAmount(
        posting,
        'debit',
      );
    }
    if (holdId !== undefined) this.#release(event.at.log, holdId);
  }

  #takeMovement({ accountId, currency, amount }: MovementFact): void {
    balanceOf(this.#account(accountId), currency).moved += amount;
  }

  #takeHold(fact: HoldFact): void {
    const { event, holdId, step, accountId = '', amount = 0n, currency = '', expiresAt } = fact;
    if (step !== 'placed') return this.#release(event.at.log, holdId);
    const key = holdKey(event.at.log, holdId);
    if (this.holds.has(key)) return;
    const account = this.#account(accountId);
    this.#makeRoom(this.holds, 'pending holds');
    const terms = { amount, currency: ownCopy(currency), expiresAt, placed: event.at };
    this.holds.set(key, { id: ownCopy(holdId), accountId: account.id, ...terms });
    balanceOf(account, currency).held += amount;
  }

  #release(log: Log, holdId: string): void {
    const key = holdKey(log, holdId);
    const hold = this.holds.get(key);
    if (hold === undefined) return;
    this.holds.delete(key);
    const account = this.accounts.get(hold.accountId);
    if (account !== undefined) balanceOf(account, hold.currency).held -= hold.amount;
  }

  #takePayment({ paymentId, step, amount, currency }: PaymentFact): void {
    const payment = this.#payment(paymentId);
    payment.step = step;
    if (step === 'initiated' || payment.amount === undefined) payment.amount = amount;
    payment.currency ??= currency;
    if (step === 'captured') payment.captured += amount ?? 0n;
    if (step === 'refunded' || step === 'charged-back') payment.returned += amount ?? 0n;
  }

  /** A state that lacks some of it would be a wrong one. */
  #makeRoom(kept: ReadonlyMap<string, unknown>, what: string): void {
    if (kept.size < this.#maxKeys) return;
    throw new FintechError('VERIFY_SOURCE', `the log has more than ${this.#maxKeys} ${what}`, {
      hint: 'Replay to an earlier position, or one log of several.',
    });
  }

  #account(accountId: string): AccountState {
    const known = this.accounts.get(accountId);
    if (known !== undefined) return known;
    this.#makeRoom(this.accounts, 'accounts');
    const id = ownCopy(accountId);
    const fresh = { id, kind: undefined, status: 'unopened' as const, balances: new Map() };
    this.accounts.set(id, fresh);
    return fresh;
  }

  #payment(paymentId: string): PaymentState {
    const known = this.payments.get(paymentId);
    if (known !== undefined) return known;
    this.#makeRoom(this.payments, 'payments');
    const id = ownCopy(paymentId);
    const unsaid = { amount: undefined, currency: undefined, captured: 0n, returned: 0n };
    const fresh: PaymentState = { id, step: 'initiated', ...unsaid };
    this.payments.set(id, fresh);
    return fresh;
  }
}

function balanceOf({ balances }: AccountState, currency: string): BalanceState {
  const known = balances.get(currency);
  if (known !== undefined) return known;
  const fresh = { net: 0n, moved: 0n, held: 0n };
  balances.set(ownCopy(currency), fresh);
  return fresh;
}

/** Two logs may be of two ledgers, each with hold ids of its own. */
function holdKey(log: Log, holdId: string): string {
  return keyOf(String(log.index), holdId);
}
