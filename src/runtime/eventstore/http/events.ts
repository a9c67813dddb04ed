import type { JsonNode } from '../../../kernel/json-text.ts';
import {
  EVENT_LIMITS,
  isStoreAttribute,
  isStreamName,
  readCloudEvent,
} from '../../../model/event.ts';
import type { NewEvent, StreamWrite } from '../contract.ts';
import { eventText } from '../event-line.ts';
import { Refusal } from './refusal.ts';

/**
 * Reads the events of one write, as they are to be stored.
 * @param where JSON Pointer to the events in the body, for messages
 */
export function readEvents(nodes: readonly JsonNode[], stream: string, where: string): NewEvent[] {
  return nodes.map((node, index) => readEvent(node, stream, `${where}/${index}`));
}

/** @param pointer JSON Pointer to the event in the body, for messages */
export function readEvent(node: JsonNode, stream: string, pointer: string): NewEvent {
  const reserved =
    node.kind === 'object' ? node.members.filter(({ name }) => isStoreAttribute(name)) : [];
  if (reserved.length > 0) {
    const names = reserved.map(({ name }) => name).join(', ');
    throw new Refusal('reserved-attribute', `${names}: only the store sets this.`, at(pointer));
  }
  const reading = readCloudEvent(node);
  if (!reading.ok) {
    const { violations } = reading;
    throw new Refusal('bad-event', `${violations.join('; ')}.`, at(pointer, { violations }));
  }
  const { source, id, type, subject } = reading.attributes;
  if (subject !== undefined && subject !== stream) {
    const detail = 'The subject of an event is the stream it is appended to, or is left out.';
    throw new Refusal('subject-mismatch', detail, at(pointer));
  }
  const text = eventText(node, stream);
  if (Buffer.byteLength(text) > EVENT_LIMITS.eventBytes) {
    const detail = `An event has at most ${EVENT_LIMITS.eventBytes} bytes.`;
    throw new Refusal('event-too-large', detail, at(pointer));
  }
  return { source, id, type, text };
}

/** What holds for a request as a whole: it has events, not too many, and none of them twice. */
export function checkEvents(writes: readonly StreamWrite[]): void {
  const events = writes.flatMap((write) => write.events);
  if (events.length === 1) return;
  const seen = new Set<string>();
  for (const { source, id } of events) {
    const key = JSON.stringify([source, id]);
    if (seen.has(key)) {
      const extensions = { event: { source, id } };
      throw new Refusal('duplicate-id', 'One request holds this event twice.', { extensions });
    }
    seen.add(key);
  }
}

/** Refuses by the number of events, before any is read. */
export function checkCount(count: number): void {
  if (count === 0) throw new Refusal('empty-append', 'An append holds at least one event.');
  if (count <= EVENT_LIMITS.appendEvents) return;
  const detail = `An append holds at most ${EVENT_LIMITS.appendEvents} events.`;
  throw new Refusal('append-too-large', detail);
}

export function checkStreamName(name: string): string {
  if (isStreamName(name)) return name;
  throw new Refusal(
    'bad-stream-name',
    `A stream name has 1 to ${EVENT_LIMITS.streamNameBytes} bytes of UTF-8, no control characters, and is neither "." nor "..".`,
  );
}

function at(pointer: string, extensions: object = {}): { extensions: Record<string, unknown> } {
  return { extensions: { pointer, ...extensions } };
}
