import { type JsonNode, writeJson } from '../../kernel/json-text.ts';

/** Where and when the store put an event. */
export interface EventPlace {
  revision: number;
  position: number;
  /** RFC 3339 in UTC. */
  recordedTime: string;
}

/**
 * The event as text to be stored: as it came, without insignificant white space, with `subject` set to
 * its stream where it was absent or null.
 */
export function eventText(event: JsonNode, stream: string): string {
  const text = writeJson(event);
  if (event.kind !== 'object') return text;
  const subject = event.members.find(({ name }) => name === 'subject');
  if (subject?.value.kind === 'string') return text;
  const name = JSON.stringify(stream);
  if (subject === undefined) return `${text.slice(0, -1)},"subject":${name}}`;
  const members = event.members.map((member) =>
    member === subject
      ? { ...member, value: { kind: 'string' as const, text: name, value: stream } }
      : member,
  );
  return writeJson({ kind: 'object', members });
}

/** The line an event is served as: the store's attributes come last, in this order. */
export function eventLine(text: string, { revision, position, recordedTime }: EventPlace): string {
  return `${text.slice(0, -1)},"streamrevision":${revision},"globalposition":"${position}","recordedtime":"${recordedTime}"}`;
}
