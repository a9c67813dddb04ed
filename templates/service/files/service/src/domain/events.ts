export interface NoteTaken {
  noteId: string;
  text: string;
}

/** Every fact this service records, by the last part of its event type. */
export type DomainEvent = { type: 'note-taken'; data: NoteTaken };
