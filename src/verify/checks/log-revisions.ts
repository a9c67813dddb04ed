import type { Check, CheckRun } from '../contract.ts';
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
      'Logs whose events carry no `streamrevision`. A log that begins in mid-life lacks the first revisions: leave this check out with `--skip log/revisions`.',
    notFooledBy: 'A gap that unreadable lines explain: `log/corruption` reports those.',
  },
  start: (evidence, { maxKeys }) => new Revisions(evidence, maxKeys),
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
  readonly #maxKeys: number;
  readonly #streams = new Map<string, StreamState>();
  #lost = 0;
  #carried: boolean | undefined;

  constructor(evidence: Evidence, maxKeys: number) {
    this.#evidence = evidence;
    this.#maxKeys = maxKeys;
  }

  take(fact: FactOf<'event' | 'damage'>): void {
    if (fact.kind === 'damage') this.#lost += fact.lost ? 1 : 0;
    else if (fact.revision === undefined) this.#withoutRevision(fact);
    else this.#withRevision(fact, fact.revision);
  }

  #withoutRevision(event: EventFact): void {
    this.#carried ??= false;
    if (!this.#carried) return this.#evidence.skipped('the event carries no streamrevision');
    this.#found(event, { expected: 'a streamrevision, as before', actual: 'none' });
  }

  #withRevision(event: EventFact, text: string): void {
    this.#carried ??= true;
    this.#evidence.checked();
    if (event.stream === undefined) {
      return this.#found(event, { expected: 'a subject that names its stream', actual: 'none' });
    }
    if (!REVISION.test(text)) {
      return this.#found(event, { expected: 'a streamrevision from 0', actual: quoted(text) });
    }
    this.#compare(event, { key: keyOf(event.stream), revision: Number(text) });
  }

  #compare(event: EventFact, { key, revision }: { key: string; revision: number }): void {
    const before = this.#streams.get(key);
    if (before === undefined && this.#streams.size >= this.#maxKeys) {
      return this.#evidence.gaveUp(`the log has more than ${this.#maxKeys} streams`);
    }
    const next = (before?.revision ?? -1) + 1;
    const excused = this.#lost - (before?.lostBefore ?? 0);
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
