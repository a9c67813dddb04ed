import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DomainEvent } from '../src/domain/events.ts';
import { type Notes, notesAfter, takeNote } from '../src/domain/notes.ts';

const nothing: Notes = { note: () => undefined };
const wanted = { noteId: 'n1', text: 'Call back on Monday' };
const taken: DomainEvent = { type: 'note-taken', data: wanted };

describe('taking a note', () => {
  it('given nothing, takes it', () => {
    const decision = takeNote(nothing, wanted);
    assert.deepEqual(decision, { outcome: 'accepted', resourceId: 'n1', events: [taken] });
  });

  it('given the same note, knows it', () => {
    const decision = takeNote(notesAfter(nothing, [taken]), wanted);
    assert.deepEqual(decision, { outcome: 'known', resourceId: 'n1' });
  });

  it('given another note of that id, refuses', () => {
    const decision = takeNote(notesAfter(nothing, [taken]), { ...wanted, text: 'Other' });
    assert.equal(decision.outcome === 'refused' && decision.refusal.code, 'note-exists');
  });
});
