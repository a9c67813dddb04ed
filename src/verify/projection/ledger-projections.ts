import { normalSide } from '../../model/ledger.ts';
import {
  type AccountState,
  emptyLedger,
  LEDGER_FACTS,
  LedgerFold,
  type LedgerState,
} from '../state/ledger-state.ts';
import type { Projection } from './projection.ts';

type Name = 'balances' | 'holds' | 'payments';

const ENTRIES: Readonly<Record<Name, Projection<LedgerState>['entries']>> = {
  balances: balanceEntries,
  holds: holdEntries,
  payments: paymentEntries,
};

/** What a ledger's log can be projected to without anyone's code. */
export const LEDGER_PROJECTIONS: readonly Name[] = ['balances', 'holds', 'payments'];

export function ledgerProjection(
  maxKeys: number,
  name: Name = 'balances',
): Projection<LedgerState> {
  const fold = new LedgerFold(maxKeys);
  return {
    name,
    needs: LEDGER_FACTS,
    initial: emptyLedger,
    step: (state, fact) => {
      if (isLedgerFact(fact)) fold.step(state, fact);
      return state;
    },
    entries: ENTRIES[name],
    ...(name === 'balances' ? { value: balanceValue } : {}),
  };
}

function* balanceEntries({ accounts }: LedgerState): Generator<[string, unknown]> {
  for (const account of accounts.values()) yield [account.id, accountValue(account)];
}

function balanceValue({ accounts }: LedgerState, key: string): unknown {
  const account = accounts.get(key);
  return account === undefined ? undefined : accountValue(account);
}

/** An account of one currency says its figures at once; another has them by currency. */
function accountValue(account: AccountState): unknown {
  const { kind, status } = account;
  const figures = [...account.balances].map(([currency, { net, moved, held }]) => {
    const isCredit = kind !== undefined && normalSide(kind) === 'credit';
    return { currency, balance: (isCredit ? -net : net) + moved, held };
  });
  const [only, ...others] = figures;
  return others.length === 0 ? { kind, status, ...only } : { kind, status, balances: figures };
}

function* holdEntries({ holds }: LedgerState): Generator<[string, unknown]> {
  for (const { id, accountId, amount, currency } of holds.values()) {
    yield [id, { accountId, amount, currency }];
  }
}

function* paymentEntries({ payments }: LedgerState): Generator<[string, unknown]> {
  for (const { id, status, amount, currency, captured, returned } of payments.values()) {
    yield [id, { status, amount, currency, captured, refunded: returned }];
  }
}

function isLedgerFact(
  fact: Parameters<Projection['step']>[1],
): fact is Parameters<LedgerFold['step']>[1] {
  return LEDGER_FACTS.some((kind) => kind === fact.kind);
}
