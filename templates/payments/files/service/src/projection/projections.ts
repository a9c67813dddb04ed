import { amountRefunded } from '../domain/payment.ts';
import type { Row } from './database.ts';
import { paymentOf } from './tables.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  payments: {
    sql: 'SELECT * FROM payments ORDER BY payment_id',
    read: (row) => {
      const { initiated, status, captured, refunds } = paymentOf(row);
      const { paymentId, amount, currency, from, to } = initiated;
      const value = { amount, currency, from, to, captured: captured?.amount ?? 0 };
      const refunded = amountRefunded(refunds);
      // As the log tells it, a refund changes no status.
      const told = status === 'refunded' ? 'settled' : status;
      return { key: paymentId, value: { ...value, status: told, refunded } };
    },
  },
};
