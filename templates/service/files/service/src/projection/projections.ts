import type { Row } from './database.ts';
import { noteOf } from './tables.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  notes: {
    sql: 'SELECT * FROM notes ORDER BY note_id',
    read: (row) => {
      const { noteId, ...value } = noteOf(row);
      return { key: noteId, value };
    },
  },
};
