import type { Row } from './database.ts';
import { accountOf, ledgerAccountOf } from './tables.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  accounts: {
    sql: 'SELECT * FROM accounts ORDER BY account_id',
    read: (row) => {
      const { terms, status } = accountOf(row);
      const { accountId, ...value } = terms;
      return { key: accountId, value: { ...value, status } };
    },
  },
  balances: {
    sql: 'SELECT * FROM balances ORDER BY account_id',
    read: (row) => {
      const { accountId, ...value } = ledgerAccountOf(row);
      return { key: accountId, value };
    },
  },
};
