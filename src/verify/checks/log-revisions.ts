import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf } from '../facts.ts';
import { keysOfEvent, nameOf, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { keyOf } from '../keys.ts';

export const logRevisions: Check = defineCheck({
  id: 'log/revisions',
  title: 'Revisions of every stream run 0, 1, 2 …',
  severity: 'critical',
  scope: 'log',
  needs: ['event', 'damage'],
  isKeyed: true,
  unit: 'events',
  reads: ['streamrevision'],
  implies: [],
  about: {
    proves:
      'The events of each stream (`subject`) carry the revisions 0, 1, 2 … in this order: no event of a stream is missing, doubled or moved.',
    skips:
      'Logs whose events carry no `streamrevision`, and logs with `revisions: none`. An export that lacks events of a stream is not a whole log: leave this check out with `--skip log/revisions`.',
    notFooledBy:
      'A gap that unreadable lines explain: `log/corruption` reports those. Revisions that begin with another number where the log says `revisions: { from: … }`, a start in mid-life where it says `starts: middle`, an event delivered again.',
  },
  start: (evidence, settings) => new Revisions(evidence, settings),
});

interface StreamState {
  revision: number;
  at: EventRef;
  /** Unreadable lines of the log up to here: those behind it may have been of this stream. */
  lostBefore: number;
}

const REVISION = /^(?:0|[1-9]\d{0,14})$/;

class Revisions implements CheckRun<FactOf<'event' | 'damage'>> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #streams = new Map<string, StreamState>();
  #lost = 0;
  #carried: boolean | undefined;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(fact: FactOf<'event' | 'damage'>): void {
    if (fact.kind === 'damage') this.#lost += fact.lost ? 1 : 0;
    else if (fact.at.log.profile.firstRevision === undefined) this.#withoutRevisions();
    else if (fact.revision === undefined) this.#withoutRevision(fact);
    else this.#withRevision(fact, fact.revision);
  }

  #withoutRevisions(): void {
    if (this.#settings.isFirstPass) this.#evidence.skipped('the log has no revisions');
  }

  #withoutRevision(event: EventFact): void {
    this.#carried ??= false;
    if (!this.#settings.isFirstPass) return;
    const { revision } = namesOf(event);
    if (!this.#carried) return this.#evidence.skipped(`the event carries no ${revision}`);
    this.#found(event, { expected: `a ${revision}, as before`, actual: 'none' });
  }

  #withRevision(event: EventFact, text: string): void {
    this.#carried ??= true;
    const { stream, revision } = namesOf(event);
    const first = event.at.log.profile.firstRevision ?? 0;
    if (event.stream === undefined || !REVISION.test(text)) {
      if (!this.#settings.isFirstPass) return;
      this.#evidence.checked();
      const fault =
        event.stream === undefined
          ? { expected: `a ${stream} that names its stream`, actual: 'none' }
          : { expected: `a ${revision} from ${first}`, actual: quoted(text) };
      return this.#found(event, fault);
    }
    this.#compare(event, { key: keyOf(event.stream), revision: Number(text) });
  }

  #compare(event: EventFact, { key, revision }: { key: string; revision: number }): void {
    const { owns, maxKeys } = this.#settings;
    if (!owns(key)) return;
    const before = this.#streams.get(key);
    if (before === undefined && this.#streams.size >= maxKeys) {
      return this.#evidence.gaveUp(`the log has more than ${maxKeys} streams`);
    }
    const { firstRevision = 0, startsInMiddle } = event.at.log.profile;
    const next = before === undefined ? firstRevision : before.revision + 1;
    if (event.again === true && revision < next) {
      return this.#evidence.skipped('the event was delivered before');
    }
    this.#evidence.checked();
    const isGiven = before === undefined && startsInMiddle;
    const excused = isGiven ? Infinity : this.#lost - (before?.lostBefore ?? 0);
    if (revision < next || revision > next + excused) {
      this.#found(event, {
        expected: `revision ${next}`,
        actual: `revision ${revision}`,
        before: before?.at,
      });
    }
    if (before === undefined || revision >= next) {
      this.#streams.set(key, { revision, at: event.at, lostBefore: this.#lost });
    }
  }

  #found(
    event: EventFact,
    {
      expected,
      actual,
      before,
    }: { expected: string; actual: string; before?: EventRef | undefined },
  ): void {
    this.#evidence.found({
      message: `${nameOf(event)} breaks its stream: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: before === undefined ? [event.at] : [before, event.at],
      keys: keysOfEvent(event),
    });
  }
}

/** What the attributes are called in such a log. */
function namesOf({ at: { log } }: EventFact): { stream: string; revision: string } {
  return log.profile.cloudEvents
    ? { stream: 'subject', revision: 'streamrevision' }
    : { stream: 'key', revision: 'revision' };
}
