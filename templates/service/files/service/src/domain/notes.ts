import { accepted, type Decision, sameFact, taken } from './decision.ts';
import type { DomainEvent, NoteTaken } from './events.ts';

export type Note = NoteTaken;

/** What a decision may look at. */
export interface Notes {
  note(noteId: string): Note | undefined;
}

/** Decides the command: what happens, given what has happened. */
export function takeNote(notes: Notes, wanted: NoteTaken): Decision {
  const note = notes.note(wanted.noteId);
  if (note === undefined) return accepted(wanted.noteId, [{ type: 'note-taken', data: wanted }]);
  return taken(wanted.noteId, { same: sameFact(note, wanted), code: 'note-exists' });
}

/** The one fold of this service: the note as it stands after an event. */
export function evolve({ data }: DomainEvent): Note {
  return data;
}

/** The notes as they stand once these events happened; the given ones stay as they are. */
export function notesAfter(notes: Notes, events: readonly DomainEvent[]): Notes {
  const changed = new Map(events.map(evolve).map((note) => [note.noteId, note]));
  return { note: (noteId) => changed.get(noteId) ?? notes.note(noteId) };
}
