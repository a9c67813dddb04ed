import type { DomainEvent } from '../domain/events.ts';
import { AREA, SERVICE, SOURCE, streams, WORKSPACE } from '../names.ts';
import type { AppendRequest, NewEvent } from '../platform/event-store.ts';
import { streamOf } from './event-stream.ts';
import type { Reading } from './reading.ts';

/** Who asked, and in which trace. Goes into every event (CloudEvents' Auth Context extension). */
export interface Origin {
  authtype: 'user' | 'service_account' | 'system';
  authid: string;
  traceparent: string;
  /** Id of the event that led to this, where one did. */
  causationid?: string;
}

/** The outcome of a command that carried a key, kept so that a retry gets the same answer. */
export interface CommandCompleted {
  commandId: string;
  key: string;
  fingerprint: string;
  status: number;
  resourceId: string;
  problem?: { code: string; detail: string };
}

export interface Draft {
  events: DomainEvent[];
  completed: CommandCompleted | undefined;
  /** What the decision looked at. */
  reading: Reading;
  commandId: string;
  origin: Origin;
  now: Date;
  newId: () => string;
}

/** One atomic append: it passes only if nothing the decision stood on has changed. */
export function appendRequest(draft: Draft): AppendRequest {
  const drafted = draft.events.map((event) => {
    const stream = streamOf(event);
    return { stream, event: envelope(draft, stream, typed(event)) };
  });
  const { completed } = draft;
  if (completed !== undefined) {
    const stream = streams.command(completed.key);
    const type = `${WORKSPACE}.${SERVICE}.command-completed.v1`;
    drafted.push({ stream, event: envelope(draft, stream, { type, data: completed }) });
  }
  const byStream = Map.groupBy(drafted, ({ stream }) => stream);
  return {
    writes: [...byStream].map(([stream, list]) => ({
      stream,
      expected: draft.reading.revisionOf(stream),
      events: list.map(({ event }) => event),
    })),
    conditions: [...draft.reading.revisions]
      .filter(([stream]) => !byStream.has(stream))
      .map(([stream, expected]) => ({ stream, expected })),
  };
}

function typed({ type, data }: DomainEvent): { type: string; data: object } {
  return { type: `${WORKSPACE}.${AREA}.${type}.v1`, data };
}

function envelope(
  { commandId, origin, now, newId }: Draft,
  subject: string,
  { type, data }: { type: string; data: object },
): NewEvent {
  return {
    specversion: '1.0',
    id: newId(),
    source: SOURCE,
    type,
    subject,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    correlationid: commandId,
    ...origin,
    data,
  };
}
