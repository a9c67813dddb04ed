import type { EventFact, EventRef, FactOf } from '../facts.ts';
import { plainData } from './plain-data.ts';

/** Kinds of facts that user code may read; `docs/invariants.md` has the shape of each. */
export const USER_FACTS = [
  'account',
  'transaction',
  'hold',
  'payment',
  'movement',
  'statement',
  'saga',
  'command',
  'consumer',
] as const;
type UserFactKind = (typeof USER_FACTS)[number];

/** What is handed to user code: plain, without anything of ours. */
export type UserFact = { kind: UserFactKind | 'event'; position: string } & Record<string, unknown>;

/** Which facts and events some user code reads. */
export interface Reads {
  facts: readonly UserFactKind[];
  /** Types; may end in `*`. */
  events: readonly string[];
}

export type Readable = FactOf<UserFactKind> | EventFact;

/** The kinds of facts a run with these reads needs. */
export function needsOf({ facts, events }: Reads): readonly Readable['kind'][] {
  return events.length === 0 ? facts : [...facts, 'event'];
}

/** Whether it is one of the events that are read; facts are, by what a run needs. */
export function isRead(fact: Readable, { events }: Reads): boolean {
  if (fact.kind !== 'event') return true;
  const { type } = fact;
  return type !== undefined && events.some((pattern) => matches(type, pattern));
}

/** The events a fact was made of. */
export function refsOf(fact: Readable): readonly EventRef[] {
  if (fact.kind === 'event') return [fact.at];
  return fact.kind === 'transaction' ? fact.events.map(({ at }) => at) : [fact.event.at];
}

export function userFact(fact: Readable): UserFact {
  if (fact.kind === 'event') {
    const data = fact.data === undefined ? undefined : plainData(fact.data);
    return { kind: 'event', ...envelopeOf(fact), data };
  }
  const { event, kind, ...said } = fact;
  const own: Record<string, unknown> = { ...said };
  // What a split transaction is made of, and sums anyone can make.
  delete own['events'];
  delete own['totals'];
  // A fact's `position` is where it stands, so how far a consumer has read has another name.
  if (fact.kind === 'consumer') own['reached'] = fact.position;
  return { ...own, kind, ...envelopeOf(event) };
}

function envelopeOf(event: EventFact): Omit<UserFact, 'kind'> & { position: string } {
  const { at, id, source, type, stream, time, recordedTime, causationId, correlationId } = event;
  const log = at.log.name;
  const { position } = at;
  return {
    position,
    log,
    id,
    source,
    type,
    stream,
    time,
    recordedTime,
    causationId,
    correlationId,
  };
}

function matches(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
