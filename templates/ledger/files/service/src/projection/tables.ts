import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { CommandCompleted } from '../commands/draft.ts';
import type { Account } from '../domain/account.ts';
import type { Changes, Entry, Hold, Transaction } from '../domain/books.ts';
import type { HoldPlaced, TransactionPosted } from '../domain/events.ts';

export type Row = Record<string, SQLOutputValue>;

/** The read model's rows, read and written as what they mean. */
export class Tables {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  account(accountId: string): Account | undefined {
    const row = this.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
    return row && accountOf(row);
  }

  transaction(transactionId: string): Transaction | undefined {
    const row = this.get('SELECT * FROM transactions WHERE transaction_id = ?', transactionId);
    if (row === undefined) return undefined;
    const posted = JSON.parse(String(row['posted'])) as TransactionPosted;
    const reversedBy = row['reversed_by'];
    return reversedBy === null ? { posted } : { posted, reversedBy: String(reversedBy) };
  }

  hold(holdId: string): Hold | undefined {
    const row = this.get('SELECT * FROM holds WHERE hold_id = ?', holdId);
    return row && holdOf(row);
  }

  command(key: string): CommandCompleted | undefined {
    const row = this.get('SELECT completed FROM commands WHERE key = ?', key);
    return row && (JSON.parse(String(row['completed'])) as CommandCompleted);
  }

  revision(stream: string): number | undefined {
    const row = this.get('SELECT revision FROM revisions WHERE stream = ?', stream);
    return row && Number(row['revision']);
  }

  checkpoint(): { log: string; position: number } | undefined {
    const row = this.get('SELECT log, position FROM checkpoint');
    return row && { log: String(row['log']), position: Number(row['position']) };
  }

  putCheckpoint(log: string, position: number): void {
    this.run('INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)', log, position);
  }

  putRevision(stream: string, revision: number): void {
    this.run('INSERT OR REPLACE INTO revisions VALUES (?, ?)', stream, revision);
  }

  putCommand(completed: CommandCompleted): void {
    this.run('INSERT INTO commands VALUES (?, ?)', completed.key, JSON.stringify(completed));
  }

  putChanges({ accounts, transactions, holds }: Changes): void {
    for (const one of accounts) {
      const { accountId, currency, kind, overdraft, status, balance, held } = one;
      const sql = 'INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)';
      this.run(sql, accountId, currency, kind, overdraft, status, balance, held);
    }
    for (const { posted, reversedBy } of transactions) {
      const sql = 'INSERT OR REPLACE INTO transactions VALUES (?, ?, ?)';
      this.run(sql, posted.transactionId, JSON.stringify(posted), reversedBy ?? null);
    }
    for (const { placed, status, taken } of holds) {
      const expiresMs = placed.expiresAt === undefined ? null : Date.parse(placed.expiresAt);
      const end = [taken?.amount ?? null, taken?.transactionId ?? null, expiresMs];
      const sql = 'INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?, ?, ?)';
      this.run(sql, placed.holdId, JSON.stringify(placed), status, ...end);
    }
  }

  putEntry(entry: Entry, at: { recordedAt: string; effectiveAt: string | undefined }): void {
    const { accountId, transactionId, direction, amount, balance } = entry;
    const values = [transactionId, direction, amount, balance, at.recordedAt];
    this.run(
      `INSERT INTO entries SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?
       FROM entries WHERE account_id = ?`,
      accountId,
      ...values,
      at.effectiveAt ?? null,
      accountId,
    );
  }

  get(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  run(sql: string, ...values: (string | number | null)[]): void {
    this.#prepared(sql).run(...values);
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
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
