import { formatDuration, parseRfc3339Ms } from '../../kernel/time.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef } from '../facts.ts';
import { keyOf } from '../keys.ts';
import { keysOfEvent, nameOf, placeOf, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { type Jump, LagWindow } from './lag-window.ts';

/** How far clocks of machines may lie apart. */
const SKEW_MS = 1000;

export const logClock: Check = defineCheck({
  id: 'log/clock',
  title: 'Times of recording never go back, and no event occurs after it was recorded',
  severity: 'medium',
  scope: 'log',
  needs: ['event'],
  isKeyed: true,
  unit: 'events',
  reads: ['source', 'time', 'recordedtime'],
  implies: [],
  about: {
    proves:
      'Along the log `recordedtime` never goes back. No event occurs (`time`) more than a second after it was recorded. The time between the two never jumps, for the events of one `source`, by whole quarter hours as offsets of time zones do, and stays so for 5 seconds and 3 events.',
    skips:
      'Events without `recordedtime`, or with times that cannot be read. Whether times of recording go back, where a log promises no order.',
    notFooledBy:
      'Events of one instant; a backfill of events that occurred long before, of whatever age; summer time that begins or ends with its offset (`+01:00`, `+02:00`); a second between the clocks of two machines.',
  },
  start: (evidence, settings) => new LogClock(evidence, settings),
});

class LogClock implements CheckRun<EventFact> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #windows = new Map<string, LagWindow>();
  #latestMs = -Infinity;
  #latest: EventRef | undefined;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(event: EventFact): void {
    const recordedMs = parseRfc3339Ms(event.recordedTime ?? '');
    if (recordedMs !== undefined) this.#compareToBefore(event, recordedMs);
    const key = keyOf(event.source ?? '');
    if (!this.#settings.owns(key)) return;
    const occurredMs = parseRfc3339Ms(event.time ?? '');
    if (event.recordedTime === undefined) {
      return this.#evidence.skipped('the event carries no recordedtime');
    }
    if (recordedMs === undefined || occurredMs === undefined) {
      return this.#evidence.skipped('a time of the event cannot be read');
    }
    this.#evidence.checked();
    if (occurredMs - recordedMs > SKEW_MS) this.#foundAhead(event, occurredMs - recordedMs);
    else this.#watch(event, { key, occurredMs, recordedMs });
  }

  #compareToBefore(event: EventFact, recordedMs: number): void {
    if (event.at.log.profile.order === 'none' || !this.#settings.isFirstPass) return;
    if (recordedMs < this.#latestMs) this.#foundBack(event, this.#latestMs - recordedMs);
    else {
      this.#latestMs = recordedMs;
      this.#latest = event.at;
    }
  }

  #watch(
    event: EventFact,
    { key, ...times }: { key: string; occurredMs: number; recordedMs: number },
  ): void {
    const { maxKeys } = this.#settings;
    const window = this.#windows.get(key) ?? new LagWindow();
    if (!this.#windows.has(key)) {
      if (this.#windows.size >= maxKeys) {
        return this.#evidence.gaveUp(`the log has more than ${maxKeys} sources`);
      }
      this.#windows.set(key, window);
    }
    const jump = window.take(event, times);
    if (jump !== undefined) this.#foundJump(event.source ?? '', jump);
  }

  #foundBack(event: EventFact, byMs: number): void {
    const before = this.#latest;
    const place = before === undefined ? '' : ` at ${placeOf(before)}`;
    this.#evidence.found({
      message: `${nameOf(event)} was recorded ${formatDuration(byMs)} before the one${place} that stands before it`,
      expected: 'a recordedtime not before those of earlier events',
      actual: `${formatDuration(byMs)} back`,
      events: before === undefined ? [event.at] : [before, event.at],
      keys: keysOfEvent(event, 'back'),
    });
  }

  #foundAhead(event: EventFact, byMs: number): void {
    this.#evidence.found({
      message: `${nameOf(event)} occurred ${formatDuration(byMs)} after it was recorded`,
      expected: 'a time not after recordedtime',
      actual: `${formatDuration(byMs)} after it`,
      events: [event.at],
      keys: keysOfEvent(event, 'ahead'),
    });
  }

  #foundJump(source: string, { before, first, shiftMs }: Jump): void {
    const [hours, way] = [Math.abs(shiftMs) / 3_600_000, shiftMs > 0 ? 'back' : 'ahead'];
    const actual = `${hours} h ${way}`;
    this.#evidence.found({
      message: `the clock of ${quoted(source)} jumps ${actual} by ${nameOf(first)}, and stays there, as where the offset of a time zone is lost`,
      expected: `the clock that it had up to ${placeOf(before)}`,
      actual,
      events: [before, first.at],
      keys: [source, first.id ?? '', 'jump'],
    });
  }
}
