/** Raised when the tables change: an older read model is thrown away and built anew. */
export const SCHEMA_VERSION = 1;

/** `accounts` and `changes` are of this service's events, `balances` and `holds` of the ledger's. */
export const SCHEMA = `
  CREATE TABLE accounts (
    account_id TEXT PRIMARY KEY,
    terms      TEXT NOT NULL,
    opened_by  TEXT NOT NULL,
    status     TEXT NOT NULL
  ) STRICT;

  CREATE TABLE changes (
    change_id  TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    change     TEXT NOT NULL,
    state      TEXT NOT NULL,
    refusal    TEXT NOT NULL,
    event_id   TEXT NOT NULL,
    trace_id   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX pending_changes ON changes (account_id) WHERE state = 'pending';

  CREATE TABLE balances (
    account_id TEXT PRIMARY KEY,
    currency   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    overdraft  INTEGER NOT NULL,
    status     TEXT NOT NULL,
    balance    INTEGER NOT NULL,
    held       INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE holds (
    hold_id    TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    amount     INTEGER NOT NULL
  ) STRICT;
`;
