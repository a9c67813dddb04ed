import type { EventFact, EventRef } from '../facts.ts';
import { type NamedPlace, placeToKeep } from '../naming.ts';

const MINUTE_MS = 60_000;
/** Clocks are set wrong by whole offsets of time zones, of which the least part is a quarter hour. */
const QUARTER_MS = 15 * MINUTE_MS;
/** From UTC-12 to UTC+14. */
const MOST_QUARTERS = 26 * 4;
/** How far lags of one clock lie apart while nothing jumps. */
const SLACK_MS = 1000;
/** A jump stays: fewer events, or a shorter while, may be a backfill whose age is round by chance. */
const RUN_EVENTS = 3;
const RUN_MS = 5000;

/** Times of one event, in milliseconds. */
interface Times {
  occurredMs: number;
  recordedMs: number;
}

export interface Jump {
  /** The last event before it. */
  before: EventRef;
  first: NamedPlace;
  /** By how much the source fell behind; negative: went ahead. */
  shiftMs: number;
}

/** Events in a row that came equally late. */
interface Run {
  lagMs: number;
  events: number;
  startMs: number;
  first: NamedPlace;
  last: EventRef;
}

/**
 * Watches how late the events of one source are recorded, and tells when that jumps by the offset of
 * a time zone and stays so. The window is two runs of steady lags: the last that lasted, and the
 * present one. A summer time that is written with its offset is the same instant, and no jump.
 */
export class LagWindow {
  #lasted: Run | undefined;
  #present: Run | undefined;

  take(event: EventFact, { occurredMs, recordedMs }: Times): Jump | undefined {
    const lagMs = recordedMs - occurredMs;
    const run = this.#present;
    if (run === undefined || Math.abs(lagMs - run.lagMs) > SLACK_MS) {
      const first = placeToKeep(event);
      this.#present = { lagMs, events: 1, startMs: recordedMs, first, last: event.at };
      return undefined;
    }
    run.events++;
    run.last = event.at;
    if (run.events < RUN_EVENTS || recordedMs - run.startMs < RUN_MS) return undefined;
    const before = this.#lasted;
    this.#lasted = run;
    if (before === undefined || before === run) return undefined;
    const shiftMs = zoneShift(run.lagMs - before.lagMs);
    return shiftMs === 0 ? undefined : { before: before.last, first: run.first, shiftMs };
  }
}

/** The offset of a time zone that a change of lag is, or 0. */
function zoneShift(changeMs: number): number {
  const quarters = Math.round(changeMs / QUARTER_MS);
  const isRound = Math.abs(changeMs - quarters * QUARTER_MS) <= 2 * SLACK_MS;
  return isRound && Math.abs(quarters) <= MOST_QUARTERS ? quarters * QUARTER_MS : 0;
}
