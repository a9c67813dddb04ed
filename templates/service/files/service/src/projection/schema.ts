/** Raised when the tables change: an older read model is thrown away and built anew. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE notes (
    note_id TEXT PRIMARY KEY,
    text    TEXT NOT NULL
  ) STRICT;
`;
