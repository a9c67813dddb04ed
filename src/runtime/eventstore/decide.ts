import { parseJsonText } from '../../kernel/json-text.ts';
import { canonicalEvent } from '../../model/event.ts';
import type {
  AppendOutcome,
  AppendRequest,
  EventKey,
  ExpectedRevision,
  NewEvent,
  RevisionFailure,
  WrittenStream,
} from './contract.ts';

/** What the log knows, as of the moment of deciding. */
export interface LogView {
  find(key: EventKey): StoredEvent | undefined;
  revision(stream: string): number | undefined;
}

export interface StoredEvent {
  revision: number;
  position: number;
  line: string;
}

/** The answer where nothing is to be written, or undefined: append, all expectations are met. */
export function decide(request: AppendRequest, log: LogView): AppendOutcome | undefined {
  return decideReplay(request, log) ?? decideRevisions(request, log);
}

function decideReplay(request: AppendRequest, log: LogView): AppendOutcome | undefined {
  const events = request.writes.flatMap((write) => write.events);
  const stored = new Map<NewEvent, StoredEvent>();
  for (const event of events) {
    const found = log.find(event);
    if (found !== undefined) stored.set(event, found);
  }
  if (stored.size === 0) return undefined;
  const reused = [...stored].filter(([event, { line }]) => !isSame(event.text, line));
  if (reused.length > 0) return { kind: 'id-reuse', events: reused.map(([event]) => keyOf(event)) };
  if (stored.size < events.length) {
    return { kind: 'partial-replay', known: [...stored.keys()].map(keyOf) };
  }
  return { kind: 'duplicate', writes: firstPlaces(request, stored) };
}

function firstPlaces(
  request: AppendRequest,
  stored: ReadonlyMap<NewEvent, StoredEvent>,
): WrittenStream[] {
  return request.writes.map(({ stream, events }) => {
    const places = events.flatMap((event) => stored.get(event) ?? []);
    return {
      stream,
      revision: places.at(-1)?.revision ?? -1,
      positions: places.map(({ position }) => position),
    };
  });
}

function decideRevisions(request: AppendRequest, log: LogView): AppendOutcome | undefined {
  const failures: RevisionFailure[] = [];
  const check = (stream: string, expected: ExpectedRevision, actual: number | undefined) => {
    if (!isMet(expected, actual)) failures.push({ stream, expected, actual: actual ?? 'none' });
  };
  for (const { stream, expected } of request.conditions) {
    check(stream, expected, log.revision(stream));
  }
  const reached = new Map<string, number>();
  for (const { stream, expected, events } of request.writes) {
    const actual = reached.get(stream) ?? log.revision(stream);
    check(stream, expected, actual);
    reached.set(stream, (actual ?? -1) + events.length);
  }
  return failures.length === 0 ? undefined : { kind: 'conflict', failures };
}

function isMet(expected: ExpectedRevision, actual: number | undefined): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'none':
      return actual === undefined;
    case 'exists':
      return actual !== undefined;
    default:
      return actual === expected;
  }
}

/** `text` holds no store attributes, `line` does; the canonical form leaves them out. */
function isSame(text: string, line: string): boolean {
  return canonicalEvent(parseJsonText(text)) === canonicalEvent(parseJsonText(line));
}

function keyOf({ source, id }: NewEvent): EventKey {
  return { source, id };
}
