/** Raised when the tables change: an older read model is thrown away and built anew. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE payments (
    payment_id TEXT PRIMARY KEY,
    payment    TEXT NOT NULL,
    due_ms     INTEGER,
    last_event TEXT NOT NULL,
    trace_id   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX due_payments ON payments (due_ms) WHERE due_ms IS NOT NULL;

  CREATE TABLE refunds (
    refund_id  TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL
  ) STRICT;

  CREATE TABLE owners (
    account_id TEXT PRIMARY KEY,
    owner      TEXT NOT NULL
  ) STRICT;
`;
