import type { DomainEvent } from '../domain/events.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to. */
export function streamOf({ data }: DomainEvent): string {
  return streams.note(data.noteId);
}
