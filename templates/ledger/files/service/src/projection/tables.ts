import type { ExpiringHolds } from '../commands/expire-holds.ts';
import type { Account } from '../domain/account.ts';
import type { Books, Changes, Entry, Hold, Transaction } from '../domain/books.ts';
import type { HoldPlaced, TransactionPosted } from '../domain/events.ts';
import type { Database, Row } from './database.ts';

/** The read model's rows, read and written as what they mean. */
export class Tables implements Books, ExpiringHolds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  account(accountId: string): Account | undefined {
    const row = this.#database.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
    return row && accountOf(row);
  }

  transaction(transactionId: string): Transaction | undefined {
    const row = this.#database.get(
      'SELECT * FROM transactions WHERE transaction_id = ?',
      transactionId,
    );
    if (row === undefined) return undefined;
    const posted = JSON.parse(String(row['posted'])) as TransactionPosted;
    const reversedBy = row['reversed_by'];
    return reversedBy === null ? { posted } : { posted, reversedBy: String(reversedBy) };
  }

  hold(holdId: string): Hold | undefined {
    const row = this.#database.get('SELECT * FROM holds WHERE hold_id = ?', holdId);
    return row && holdOf(row);
  }

  overdueHolds(nowMs: number, limit: number): string[] {
    const sql = `SELECT hold_id FROM holds WHERE status = 'pending' AND expires_ms <= ?
                 ORDER BY expires_ms LIMIT ?`;
    return this.#database.all(sql, nowMs, limit).map((row) => String(row['hold_id']));
  }

  putChanges({ accounts, transactions, holds }: Changes): void {
    for (const one of accounts) {
      const { accountId, currency, kind, overdraft, status, balance, held } = one;
      const sql = 'INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)';
      this.#database.run(sql, accountId, currency, kind, overdraft, status, balance, held);
    }
    for (const { posted, reversedBy } of transactions) {
      const sql = 'INSERT OR REPLACE INTO transactions VALUES (?, ?, ?)';
      this.#database.run(sql, posted.transactionId, JSON.stringify(posted), reversedBy ?? null);
    }
    for (const { placed, status, taken } of holds) {
      const expiresMs = placed.expiresAt === undefined ? null : Date.parse(placed.expiresAt);
      const end = [taken?.amount ?? null, taken?.transactionId ?? null, expiresMs];
      const sql = 'INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?, ?, ?)';
      this.#database.run(sql, placed.holdId, JSON.stringify(placed), status, ...end);
    }
  }

  putEntry(entry: Entry, at: { recordedAt: string; effectiveAt: string | undefined }): void {
    const { accountId, transactionId, direction, amount, balance } = entry;
    const values = [transactionId, direction, amount, balance, at.recordedAt];
    this.#database.run(
      `INSERT INTO entries SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?
       FROM entries WHERE account_id = ?`,
      accountId,
      ...values,
      at.effectiveAt ?? null,
      accountId,
    );
  }
}

export function accountOf(row: Row): Account {
  return {
    accountId: String(row['account_id']),
    currency: String(row['currency']),
    kind: String(row['kind']) as Account['kind'],
    overdraft: Number(row['overdraft']),
    status: String(row['status']) as Account['status'],
    balance: Number(row['balance']),
    held: Number(row['held']),
  };
}

export function holdOf(row: Row): Hold {
  const placed = JSON.parse(String(row['placed'])) as HoldPlaced;
  const status = String(row['status']) as Hold['status'];
  if (row['transaction_id'] === null) return { placed, status };
  const taken = { amount: Number(row['taken']), transactionId: String(row['transaction_id']) };
  return { placed, status, taken };
}
