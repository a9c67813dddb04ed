import type { Account, Change, LedgerRefusal } from '../domain/account.ts';
import type { AccountTerms } from '../domain/events.ts';
import type { LedgerAccount } from '../domain/ledger-account.ts';
import type { Booked, Hold, LedgerBooks } from '../domain/ledger-fold.ts';
import type { Changed, Register } from '../domain/register.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { traceIdOf } from '../platform/trace.ts';
import type { Database, Row } from './database.ts';

/** A change that waits for the ledger. */
export interface PendingChange extends Change {
  /** The event that asked for it, and the trace it belongs to. */
  cause: { eventId: string; traceId: string };
}

/** The read model's rows, read and written as what they mean. */
export class Tables implements Register, LedgerBooks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  account(accountId: string): Account | undefined {
    const row = this.#database.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
    return row && accountOf(row);
  }

  change(changeId: string): Change | undefined {
    const row = this.#database.get('SELECT * FROM changes WHERE change_id = ?', changeId);
    return row && changeOf(row);
  }

  pendingChange(accountId: string): Change | undefined {
    const sql = `SELECT * FROM changes WHERE account_id = ? AND state = 'pending'`;
    const row = this.#database.get(sql, accountId);
    return row && changeOf(row);
  }

  /** Everything that waits for the ledger, oldest first. */
  pendingChanges(limit: number): PendingChange[] {
    const sql = `SELECT * FROM changes WHERE state = 'pending' ORDER BY rowid LIMIT ?`;
    return this.#database.all(sql, limit).map((row) => {
      const cause = { eventId: String(row['event_id']), traceId: String(row['trace_id']) };
      return { ...changeOf(row), cause };
    });
  }

  ledgerAccount(accountId: string): LedgerAccount | undefined {
    const row = this.#database.get('SELECT * FROM balances WHERE account_id = ?', accountId);
    return row && ledgerAccountOf(row);
  }

  hold(holdId: string): Hold | undefined {
    const row = this.#database.get('SELECT * FROM holds WHERE hold_id = ?', holdId);
    return row && { holdId, accountId: String(row['account_id']), amount: Number(row['amount']) };
  }

  putChanged({ accounts, changes }: Changed, by: StoredEvent): void {
    for (const { terms, openedBy, status } of accounts) {
      const sql = 'INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)';
      this.#database.run(sql, terms.accountId, JSON.stringify(terms), openedBy, status);
    }
    for (const change of changes) this.#putChange(change, by);
  }

  putBooked({ accounts, placed, resolved }: Booked): void {
    for (const one of accounts) {
      const { accountId, currency, kind, overdraft, status, balance, held } = one;
      const sql = 'INSERT OR REPLACE INTO balances VALUES (?, ?, ?, ?, ?, ?, ?)';
      this.#database.run(sql, accountId, currency, kind, overdraft, status, balance, held);
    }
    if (placed !== undefined) {
      const { holdId, accountId, amount } = placed;
      this.#database.run('INSERT INTO holds VALUES (?, ?, ?)', holdId, accountId, amount);
    }
    if (resolved !== undefined) {
      this.#database.run('DELETE FROM holds WHERE hold_id = ?', resolved.holdId);
    }
  }

  #putChange({ changeId, accountId, change, outcome }: Change, { id, traceparent }: StoredEvent) {
    const { state, ...refusal } = outcome;
    if (state === 'pending') {
      const traceId = traceIdOf(traceparent);
      const sql = 'INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)';
      this.#database.run(sql, changeId, accountId, change, state, '{}', id, traceId);
    } else {
      const sql = 'UPDATE changes SET state = ?, refusal = ? WHERE change_id = ?';
      this.#database.run(sql, state, JSON.stringify(refusal), changeId);
    }
  }
}

export function accountOf(row: Row): Account {
  return {
    terms: JSON.parse(String(row['terms'])) as AccountTerms,
    openedBy: String(row['opened_by']),
    status: String(row['status']) as Account['status'],
  };
}

export function ledgerAccountOf(row: Row): LedgerAccount {
  return {
    accountId: String(row['account_id']),
    currency: String(row['currency']),
    kind: String(row['kind']) as LedgerAccount['kind'],
    overdraft: Number(row['overdraft']),
    status: String(row['status']) as LedgerAccount['status'],
    balance: Number(row['balance']),
    held: Number(row['held']),
  };
}

function changeOf(row: Row): Change {
  const state = String(row['state']) as Change['outcome']['state'];
  const refusal = JSON.parse(String(row['refusal'])) as LedgerRefusal;
  return {
    changeId: String(row['change_id']),
    accountId: String(row['account_id']),
    change: String(row['change']) as Change['change'],
    outcome: state === 'refused' ? { state, ...refusal } : { state },
  };
}
