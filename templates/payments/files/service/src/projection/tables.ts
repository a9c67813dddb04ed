import { dueOf } from '../domain/due.ts';
import type { Payment } from '../domain/payment.ts';
import type { Payments } from '../domain/payments.ts';
import type { Database, Row } from './database.ts';

/** A payment for which something is to be done. */
export interface DuePayment {
  payment: Payment;
  /** Id of the event that led here. */
  lastEvent: string;
  /** The trace of whoever asked for the payment. */
  traceId: string;
}

/** The read model's rows, read and written as what they mean. */
export class Tables implements Payments {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  payment(paymentId: string): Payment | undefined {
    const row = this.#database.get('SELECT * FROM payments WHERE payment_id = ?', paymentId);
    return row && paymentOf(row);
  }

  paymentOfRefund(refundId: string): string | undefined {
    const row = this.#database.get('SELECT * FROM refunds WHERE refund_id = ?', refundId);
    return row && String(row['payment_id']);
  }

  ownerOf(accountId: string): string | undefined {
    const row = this.#database.get('SELECT owner FROM owners WHERE account_id = ?', accountId);
    return row && String(row['owner']);
  }

  due(nowMs: number, limit: number): DuePayment[] {
    const sql = 'SELECT * FROM payments WHERE due_ms <= ? ORDER BY due_ms LIMIT ?';
    return this.#database.all(sql, nowMs, limit).map((row) => ({
      payment: paymentOf(row),
      lastEvent: String(row['last_event']),
      traceId: String(row['trace_id']),
    }));
  }

  /** A payment keeps the trace it began in. */
  putPayment(
    payment: Payment,
    { lastEvent, traceId }: { lastEvent: string; traceId: string },
  ): void {
    const sql = `INSERT INTO payments VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 payment = excluded.payment, due_ms = excluded.due_ms, last_event = excluded.last_event`;
    const dueMs = dueOf(payment)?.atMs ?? null;
    const { paymentId } = payment.initiated;
    this.#database.run(sql, paymentId, JSON.stringify(payment), dueMs, lastEvent, traceId);
  }

  putRefund(refundId: string, paymentId: string): void {
    this.#database.run('INSERT OR REPLACE INTO refunds VALUES (?, ?)', refundId, paymentId);
  }

  putOwner(accountId: string, owner: string): void {
    this.#database.run('INSERT OR REPLACE INTO owners VALUES (?, ?)', accountId, owner);
  }
}

export function paymentOf(row: Row): Payment {
  return JSON.parse(String(row['payment'])) as Payment;
}
