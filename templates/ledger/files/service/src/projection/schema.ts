/** Raised when the tables change: an older read model is thrown away and built anew. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE accounts (
    account_id TEXT PRIMARY KEY,
    currency   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    overdraft  INTEGER NOT NULL,
    status     TEXT NOT NULL,
    balance    INTEGER NOT NULL,
    held       INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE transactions (
    transaction_id TEXT PRIMARY KEY,
    posted         TEXT NOT NULL,
    reversed_by    TEXT
  ) STRICT;

  CREATE TABLE holds (
    hold_id        TEXT PRIMARY KEY,
    placed         TEXT NOT NULL,
    status         TEXT NOT NULL,
    taken          INTEGER,
    transaction_id TEXT,
    expires_ms     INTEGER
  ) STRICT;
  CREATE INDEX pending_holds ON holds (expires_ms) WHERE status = 'pending';

  CREATE TABLE entries (
    account_id     TEXT NOT NULL,
    number         INTEGER NOT NULL,
    transaction_id TEXT NOT NULL,
    direction      TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    balance        INTEGER NOT NULL,
    recorded_at    TEXT NOT NULL,
    effective_at   TEXT,
    PRIMARY KEY (account_id, number)
  ) STRICT, WITHOUT ROWID;
`;
