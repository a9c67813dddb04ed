import { FintechError } from '../../kernel/errors.ts';
import { type AccountKind, signedAmount } from '../../model/ledger.ts';
import type {
  AccountFact,
  FactOf,
  HoldFact,
  Log,
  MovementFact,
  PaymentFact,
  TransactionFact,
} from '../facts.ts';
import { ownCopy } from '../keys.ts';

/** Accounts, pending holds and payments of a ledger. Plain data: a copy of it is as good. */
export interface LedgerState {
  accounts: Map<string, AccountState>;
  /** By log and id. */
  holds: Map<string, PendingHold>;
  payments: Map<string, PaymentState>;
}

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

interface PendingHold {
  id: string;
  accountId: string;
  amount: bigint;
  currency: string;
  expiresAt: string | undefined;
  /** Where it was placed. */
  position: string;
}

interface PaymentState {
  id: string;
  step: PaymentFact['step'];
  /** The last step that is no refund and no chargeback. */
  status: PaymentFact['step'];
  amount: bigint | undefined;
  currency: string | undefined;
  captured: bigint;
  /** Refunds and chargebacks. */
  returned: bigint;
}

export const LEDGER_FACTS = ['account', 'transaction', 'movement', 'hold', 'payment'] as const;
type LedgerStateFact = FactOf<(typeof LEDGER_FACTS)[number]>;

export function emptyLedger(): LedgerState {
  return { accounts: new Map(), holds: new Map(), payments: new Map() };
}

/** Folds facts into a ledger's state, which it changes. */
export class LedgerFold {
  readonly #maxKeys: number;

  /** @param maxKeys accounts, pending holds and payments kept, of each; one more is a FintechError VERIFY_SOURCE */
  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  step(state: LedgerState, fact: LedgerStateFact): void {
    switch (fact.kind) {
      case 'account':
        return this.#account(state, fact);
      case 'transaction':
        return this.#transaction(state, fact);
      case 'movement':
        return this.#movement(state, fact);
      case 'hold':
        return this.#hold(state, fact);
      case 'payment':
        return this.#payment(state, fact);
    }
  }

  #account(state: LedgerState, { step, accountId, currency, accountKind }: AccountFact): void {
    const account = this.#accountIn(state, accountId);
    if (step !== 'opened') {
      account.status = step === 'unfrozen' ? 'open' : step;
      return;
    }
    account.status = 'open';
    account.kind = accountKind ?? account.kind;
    if (currency !== undefined) balanceIn(account, currency);
  }

  #transaction(state: LedgerState, { postings, holdId, event }: TransactionFact): void {
    for (const posting of postings) {
      const account = this.#accountIn(state, posting.accountId);
      balanceIn(account, posting.currency).net += signedAmount(posting, 'debit');
    }
    if (holdId !== undefined) release(state, event.at.log, holdId);
  }

  #movement(state: LedgerState, { accountId, currency, amount }: MovementFact): void {
    balanceIn(this.#accountIn(state, accountId), currency).moved += amount;
  }

  #hold(state: LedgerState, fact: HoldFact): void {
    const { event, holdId, step, accountId = '', amount = 0n, currency = '', expiresAt } = fact;
    if (step !== 'placed') return release(state, event.at.log, holdId);
    const key = holdKey(event.at.log, holdId);
    if (state.holds.has(key)) return;
    const account = this.#accountIn(state, accountId);
    this.#makeRoom(state.holds, 'pending holds');
    const terms = { amount, currency: ownCopy(currency), expiresAt, position: event.at.position };
    state.holds.set(key, { id: ownCopy(holdId), accountId: account.id, ...terms });
    balanceIn(account, currency).held += amount;
  }

  #payment(state: LedgerState, { paymentId, step, amount, currency }: PaymentFact): void {
    const payment = this.#paymentIn(state, paymentId);
    payment.step = step;
    if (step === 'initiated' || payment.amount === undefined) payment.amount = amount;
    payment.currency ??= currency;
    if (step === 'captured') payment.captured += amount ?? 0n;
    if (step === 'refunded' || step === 'charged-back') payment.returned += amount ?? 0n;
    else payment.status = step;
  }

  /** A state that lacks some of it would be a wrong one. */
  #makeRoom(kept: ReadonlyMap<string, unknown>, what: string): void {
    if (kept.size < this.#maxKeys) return;
    throw new FintechError('VERIFY_SOURCE', `the log has more than ${this.#maxKeys} ${what}`, {
      hint: 'Replay to an earlier position, or one log of several.',
    });
  }

  #accountIn({ accounts }: LedgerState, accountId: string): AccountState {
    const known = accounts.get(accountId);
    if (known !== undefined) return known;
    this.#makeRoom(accounts, 'accounts');
    const id = ownCopy(accountId);
    const fresh: AccountState = { id, kind: undefined, status: 'unopened', balances: new Map() };
    accounts.set(id, fresh);
    return fresh;
  }

  #paymentIn({ payments }: LedgerState, paymentId: string): PaymentState {
    const known = payments.get(paymentId);
    if (known !== undefined) return known;
    this.#makeRoom(payments, 'payments');
    const id = ownCopy(paymentId);
    const unsaid = { amount: undefined, currency: undefined, captured: 0n, returned: 0n };
    const fresh: PaymentState = { id, step: 'initiated', status: 'initiated', ...unsaid };
    payments.set(id, fresh);
    return fresh;
  }
}

function release({ accounts, holds }: LedgerState, log: Log, holdId: string): void {
  const key = holdKey(log, holdId);
  const hold = holds.get(key);
  if (hold === undefined) return;
  holds.delete(key);
  const account = accounts.get(hold.accountId);
  if (account !== undefined) balanceIn(account, hold.currency).held -= hold.amount;
}

function balanceIn({ balances }: AccountState, currency: string): BalanceState {
  const known = balances.get(currency);
  if (known !== undefined) return known;
  const fresh = { net: 0n, moved: 0n, held: 0n };
  balances.set(ownCopy(currency), fresh);
  return fresh;
}

/** Two logs may be of two ledgers, each with hold ids of its own. */
function holdKey({ index }: Log, holdId: string): string {
  return `${index}:${holdId}`;
}
