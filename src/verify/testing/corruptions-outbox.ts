import type { Random } from '../../kernel/random.ts';
import { type Corrupt, oneOf } from './corrupting.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';
import { OUTBOX, publishedOf } from './topic.ts';

/** Faults of a relay: the log is whole, what is published of it is not. */
export const OUTBOX_CORRUPTIONS: Readonly<Record<string, Corrupt>> = {
  'an event is never published': relayed((published, random) => {
    const gone = published.splice(placeIn(published, random), 1);
    return String(gone[0]?.globalposition);
  }),
  'an event is published that was never committed': relayed((published, random) => {
    const at = placeIn(published, random);
    const [copy] = published.slice(at, at + 1);
    if (copy !== undefined) published.splice(at, 0, { ...copy, id: 'evt-ghost' });
    return `line:${at + 1}`;
  }),
  'an event is published twice': relayed((published, random) => {
    const at = placeIn(published, random);
    published.splice(at + 1, 0, ...published.slice(at, at + 1));
    return `line:${at + 2}`;
  }),
  'two events of a stream are published in the other order': relayed((published, random) => {
    const places = [...published.keys()].filter((at) => nextOfStream(published, at) > at);
    const at = oneOf(places, random);
    const next = nextOfStream(published, at);
    const [earlier, later] = [published[at], published[next]];
    if (earlier !== undefined && later !== undefined) {
      published.splice(at, 1, later);
      published.splice(next, 1, earlier);
    }
    return `line:${next + 1}`;
  }),
};

/** @param change changes what is published, and says which position a finding must name */
function relayed(change: (published: StoredEvent[], random: Random) => string): Corrupt {
  return ({ writer: { events } }, random) => {
    const published = [...events];
    const position = change(published, random);
    // Long after, so that no relay may still lag.
    const asOfMs = Date.parse(events.at(-1)?.time ?? '') + 3_600_000;
    return {
      bytes: ndjson(events),
      published: ndjson(publishedOf(published)),
      position,
      settings: { config: OUTBOX, asOfMs },
    };
  };
}

function placeIn(events: readonly StoredEvent[], random: Random): number {
  return Math.floor(random.fraction() * (events.length - 1));
}

function nextOfStream(events: readonly StoredEvent[], at: number): number {
  const next = events.slice(at + 1).findIndex(({ subject }) => subject === events[at]?.subject);
  return next === -1 ? -1 : at + 1 + next;
}
