import type { Row } from './database.ts';
import { paymentOf } from './tables.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  payments: {
    sql: 'SELECT * FROM payments ORDER BY payment_id',
    read: (row) => {
      const { initiated, status, captured, refunds } = paymentOf(row);
      const { paymentId, amount, currency, from, to } = initiated;
      const value = { amount, currency, from, to, status, refunds };
      return { key: paymentId, value: { ...value, captured: captured?.amount ?? 0 } };
    },
  },
};
