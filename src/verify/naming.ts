import type { EventFact, EventRef } from './facts.ts';
import { ownCopy } from './keys.ts';

const MAX_QUOTED = 120;

/** An outside text in quotes, cut where it is too long for a sentence. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** `position 12`, or the line where the log has no positions; with the log's name where several are read. */
export function placeOf({ log, line, position }: EventRef): string {
  if (!position.startsWith('line:')) {
    return `position ${position}${log.amongOthers ? ` of ${log.name}` : ''}`;
  }
  const part = log.parts.findLast(({ firstLine }) => firstLine <= line);
  if (part === undefined || (!log.inParts && !log.amongOthers)) return `line ${line}`;
  return `line ${line - part.firstLine + 1} of ${part.name}`;
}

/** The place of an event beside another's: with its line where both claim one position. */
export function placeBeside(at: EventRef, other: EventRef): string {
  const place = placeOf(at);
  if (place !== placeOf(other)) return place;
  return `${place} (${placeOf({ ...at, position: `line:${at.line}` })})`;
}

/** What names an event in a sentence. */
export type NamedPlace = Pick<EventFact, 'at' | 'id' | 'stream'>;

/** The same without the text of the event, for a check that keeps many. */
export function placeToKeep({ at, id, stream }: EventFact): NamedPlace {
  const own = (text: string | undefined) => (text === undefined ? undefined : ownCopy(text));
  return { at, id: own(id), stream: own(stream) };
}

/** `event "evt-1" (position 12, stream "ledger-account-a")`. */
export function nameOf({ id, at, stream }: NamedPlace): string {
  const where = placeOf(at) + (stream === undefined ? '' : `, stream ${quoted(stream)}`);
  return id === undefined ? `the event at ${where}` : `event ${quoted(id)} (${where})`;
}

/** What an event is known by in every log, and what else tells a finding from others at it. */
export function keysOfEvent({ source, id }: EventFact, ...more: string[]): string[] {
  return id === undefined ? [] : [source ?? '', id, ...more];
}
