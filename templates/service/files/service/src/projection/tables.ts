import type { DomainEvent } from '../domain/events.ts';
import { evolve, type Note, type Notes } from '../domain/notes.ts';
import { AREA } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import type { Database, Row } from './database.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';

/** The read model's rows, read and written as what they mean. */
export class Tables implements Notes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  note(noteId: string): Note | undefined {
    const row = this.#database.get('SELECT * FROM notes WHERE note_id = ?', noteId);
    return row && noteOf(row);
  }

  /**
   * Takes one event of the log in; what is somebody else's changes nothing here.
   * @throws Error for an event of ours that this code cannot read
   */
  fold({ type, subject, data }: StoredEvent): void {
    const { area, name, version } = eventType(type);
    if (!isOwnStream(subject) || area !== AREA || name !== 'note-taken') return;
    if (version !== '1') throw new Error(`${type} is of a version this service does not know`);
    const { noteId, text } = evolve({ type: name, data } as DomainEvent);
    this.#database.run('INSERT OR REPLACE INTO notes VALUES (?, ?)', noteId, text);
  }
}

export function noteOf(row: Row): Note {
  return { noteId: String(row['note_id']), text: String(row['text']) };
}
