import { ledgerProjection } from '../projection/ledger-projections.ts';
import type { Projection } from '../projection/projection.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { LogReader } from '../reading/log-reader.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import type { Readable } from '../user/user-facts.ts';
import { USER_FACTS } from '../user/user-facts.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** A read model that a service would have after these events, `applied` in this order. */
export function liveBalances(
  applied: readonly StoredEvent[],
  position: number,
): ReadModel & { entries: Map<string, unknown> } {
  const projection = ledgerProjection(1e6);
  let state = projection.initial();
  for (const fact of factsOf(applied)) state = projection.step(state, fact);
  return {
    place: 'ledger',
    projection,
    position: BigInt(position),
    entries: new Map(projection.entries(state)),
  };
}

function factsOf(events: readonly StoredEvent[]): Readable[] {
  const facts: Readable[] = [];
  const kinds: ReadonlySet<string> = new Set(USER_FACTS);
  const log = {
    name: 'log',
    index: 0,
    profile: CLOUD_EVENTS.profile,
    amongOthers: false,
    inParts: false,
    parts: [],
  };
  const reading = new LogReader(log, {
    readEvent: CLOUD_EVENTS.readEvent,
    emit: () => {},
    maxKeys: 1e6,
  });
  reading.startPart('log', true);
  const meaning = CLOUD_EVENTS.vocabulary.start((fact) => {
    if (kinds.has(fact.kind)) facts.push(fact as Readable);
  });
  const whole = { offset: 0, terminated: true, tooLong: false };
  for (const [index, one] of events.entries()) {
    const bytes = ndjson([one]).subarray(0, -1);
    const event = reading.take({ ...whole, bytes, number: index + 1 });
    if (event !== undefined) meaning.read(event);
  }
  meaning.end();
  return facts;
}

/** Counts what each account was told of; forgets whom it counted for at this event, by chance. */
export function countProjection(wayward?: { id: string }): Projection {
  let asked = 0;
  return {
    name: 'test/count',
    needs: ['transaction'],
    initial: () => new Map<string, number>(),
    step: (state, fact) => {
      const counts = state as Map<string, number>;
      if (fact.kind !== 'transaction') return counts;
      const strange = wayward !== undefined && fact.event.id === wayward.id ? ++asked : 0;
      for (const { accountId } of fact.postings) {
        counts.set(accountId, (counts.get(accountId) ?? 0) + 1 + strange);
      }
      return counts;
    },
    entries: (state) => state as Map<string, number>,
  };
}
