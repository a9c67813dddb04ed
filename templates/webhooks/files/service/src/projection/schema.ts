/** Raised when the tables change: an older read model is thrown away and built anew. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE endpoints (
    endpoint_id TEXT PRIMARY KEY,
    url         TEXT NOT NULL,
    event_types TEXT NOT NULL,
    description TEXT,
    status      TEXT NOT NULL,
    reason      TEXT,
    secrets     TEXT NOT NULL
  ) STRICT;

  CREATE TABLE subscriptions (
    pattern     TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    PRIMARY KEY (pattern, endpoint_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outgoing (
    position    INTEGER PRIMARY KEY,
    event_id    TEXT NOT NULL,
    traceparent TEXT,
    body        TEXT NOT NULL
  ) STRICT;

  CREATE TABLE deliveries (
    number          INTEGER PRIMARY KEY,
    delivery_id     TEXT NOT NULL UNIQUE,
    endpoint_id     TEXT NOT NULL,
    position        INTEGER NOT NULL,
    subject         TEXT NOT NULL,
    type            TEXT NOT NULL,
    status          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    tried           INTEGER NOT NULL,
    due_ms          INTEGER NOT NULL,
    reason          TEXT,
    response_status INTEGER
  ) STRICT;
  CREATE INDEX open_deliveries ON deliveries (endpoint_id, subject, position)
    WHERE status IN ('pending', 'sending');
  CREATE INDEX running_deliveries ON deliveries (endpoint_id, subject, due_ms)
    WHERE status = 'sending';
  CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, number);
  CREATE INDEX deliveries_by_status ON deliveries (status, number);
  CREATE INDEX deliveries_by_subject ON deliveries (subject, number);

  -- One row for each endpoint and subject with open deliveries: when its first one is due.
  CREATE TABLE lanes (
    endpoint_id TEXT NOT NULL,
    subject     TEXT NOT NULL,
    due_ms      INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX due_lanes ON lanes (endpoint_id, due_ms);

  CREATE TABLE sources (
    source  TEXT PRIMARY KEY,
    secrets TEXT NOT NULL
  ) STRICT;

  CREATE TABLE inbound (
    source      TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    sent_at     TEXT NOT NULL,
    received_at TEXT NOT NULL,
    digest      TEXT NOT NULL,
    PRIMARY KEY (source, message_id)
  ) STRICT, WITHOUT ROWID;
`;
