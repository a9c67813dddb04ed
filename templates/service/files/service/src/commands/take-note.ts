import type { NoteTaken } from '../domain/events.ts';
import { type Notes, notesAfter, takeNote } from '../domain/notes.ts';
import { streams } from '../names.ts';
import type { Command } from './command.ts';
import type { Domain } from './command-handler.ts';

/** The notes, as the command handler needs them. */
export function notesDomain(view: Notes): Domain<Notes> {
  const watched = (notes: Notes, look: (stream: string) => void): Notes => ({
    note(noteId) {
      look(streams.note(noteId));
      return notes.note(noteId);
    },
  });
  return { view, watched, after: notesAfter };
}

export function takeNoteCommand(wanted: NoteTaken): Command<Notes> {
  return {
    subjects: () => [wanted.noteId],
    decide: (notes) => takeNote(notes, wanted),
    status: 201,
    answer: (notes, noteId) => ({ ...notes.note(noteId) }),
  };
}
