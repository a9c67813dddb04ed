import { normalSide } from '../../model/ledger.ts';
import type {
  AccountReport,
  CurrencyTotals,
  ExactAmount,
  LedgerReport,
} from '../../model/ledger-report.ts';
import type { AccountState, BalanceState, LedgerState } from './ledger-state.ts';
import type { Projected } from './projected.ts';

/** The state as plain data, by id. */
export function ledgerReport(projected: Projected<LedgerState>): LedgerReport {
  const { state, last, events, unreadable, untimed } = projected;
  return {
    asOf: {
      position: last?.at.position ?? null,
      time: last?.recordedTime ?? last?.time ?? null,
    },
    events,
    accounts: sorted(state.accounts.values(), ({ id }) => id).map(accountReport),
    holds: sorted(state.holds.values(), ({ id }) => id).map((hold) => ({
      holdId: hold.id,
      accountId: hold.accountId,
      amount: exact(hold.amount),
      currency: hold.currency,
      expiresAt: hold.expiresAt ?? null,
      position: hold.position,
    })),
    payments: sorted(state.payments.values(), ({ id }) => id).map((payment) => ({
      paymentId: payment.id,
      status: payment.step,
      amount: payment.amount === undefined ? null : exact(payment.amount),
      currency: payment.currency ?? null,
      captured: exact(payment.captured),
      returned: exact(payment.returned),
    })),
    totals: totals(state.accounts.values()),
    leftOut: { unreadable, untimed },
  };
}

function accountReport(account: AccountState): AccountReport {
  const balances = sorted(account.balances, ([currency]) => currency).map(([currency, of]) => ({
    currency,
    balance: exact(ownBalance(account, of)),
    held: exact(of.held),
  }));
  return { accountId: account.id, kind: account.kind ?? null, status: account.status, balances };
}

/** On the side its kind grows on. */
function ownBalance({ kind }: AccountState, { net, moved }: BalanceState): bigint {
  const isCredit = kind !== undefined && normalSide(kind) === 'credit';
  return (isCredit ? -net : net) + moved;
}

function totals(accounts: Iterable<AccountState>): CurrencyTotals[] {
  const sums = new Map<string, { debit: bigint; credit: bigint; moved: bigint; held: bigint }>();
  for (const { balances } of accounts) {
    for (const [currency, { net, moved, held }] of balances) {
      const sum = sums.get(currency) ?? { debit: 0n, credit: 0n, moved: 0n, held: 0n };
      if (net > 0n) sum.debit += net;
      else sum.credit -= net;
      sum.moved += moved;
      sum.held += held;
      sums.set(currency, sum);
    }
  }
  return sorted(sums, ([currency]) => currency).map(([currency, sum]) => ({
    currency,
    debit: exact(sum.debit),
    credit: exact(sum.credit),
    moved: exact(sum.moved),
    held: exact(sum.held),
  }));
}

function exact(amount: bigint): ExactAmount {
  const number = Number(amount);
  return Number.isSafeInteger(number) ? number : amount.toString();
}

/** By code units: the same on every machine. */
function sorted<T>(items: Iterable<T>, keyOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
