import type { Row } from './database.ts';
import { accountOf, holdOf } from './tables.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  balances: {
    sql: 'SELECT * FROM accounts ORDER BY account_id',
    read: (row) => {
      const { accountId, ...value } = accountOf(row);
      return { key: accountId, value };
    },
  },
  holds: {
    sql: 'SELECT * FROM holds ORDER BY hold_id',
    read: (row) => {
      const { placed, status, taken } = holdOf(row);
      const { holdId, ...rest } = placed;
      return { key: holdId, value: { ...rest, status, ...(taken && { taken }) } };
    },
  },
};
