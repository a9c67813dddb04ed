import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { type NamedPlace, nameOf, placeBeside, placeOf, placeToKeep, quoted } from '../naming.ts';
import { CauseCycles } from './cause-cycles.ts';
import { defineCheck } from './define.ts';

export const sagaCausation: Check = defineCheck({
  id: 'saga/causation',
  title: 'Every cause stands in the log before its effect',
  severity: 'high',
  scope: 'all',
  needs: ['event', 'blind'],
  isKeyed: true,
  unit: 'causes',
  reads: ['causationid'],
  implies: [],
  about: {
    proves:
      'The event that a `causationid` names is in one of the logs read, and in the same log it stands before its effect. No event is a cause of itself, directly or over others, also across logs.',
    skips:
      'A cause that is in none of the logs read, where causes of events of this type mostly are not: it is in a log not supplied. The same where events are missing, or the log begins in mid-life. Order, where a log promises none.',
    notFooledBy:
      'A cause in another log that is read, whichever comes first; a cause that is the id of a request, no event; an event delivered again.',
  },
  start: (evidence, settings) => new Causes(evidence, settings),
});

/** An event whose cause was not seen yet. */
interface Effect extends NamedPlace {
  cause: string;
  type: string;
}

/** Causes of the events of one type. */
interface TypeCount {
  resolved: number;
  unresolved: number;
}

/** A type has its causes in the logs read where at least this many resolve for each that does not. */
const RESOLVED_PER_UNRESOLVED = 4;

type Taken = FactOf<'event' | 'blind'>;

class Causes implements CheckRun<Taken> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #cycles: CauseCycles;
  /** Where each id stood first. */
  readonly #seen = new Map<string, EventRef>();
  readonly #waiting = new Map<string, Effect[]>();
  readonly #types = new Map<string, TypeCount>();
  #kept = 0;
  #isWhole = true;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
    this.#cycles = new CauseCycles(evidence, settings);
  }

  take(fact: Taken): void {
    if (fact.kind === 'blind') this.#isWhole = false;
    else {
      if (fact.at.log.profile.startsInMiddle) this.#isWhole = false;
      if (fact.id !== undefined) this.#takeId(fact, keyOf(fact.id));
      if (fact.causationId !== undefined) this.#takeCause(fact, fact.causationId);
    }
  }

  finish(): void {
    for (const effect of [...this.#waiting.values()].flat())
      this.#countOf(effect.type).unresolved++;
    for (const effect of [...this.#waiting.values()].flat()) this.#judgeMissing(effect);
    this.#cycles.finish();
  }

  /** An event that others may have been waiting for. */
  #takeId({ at }: EventFact, key: string): void {
    if (!this.#settings.owns(key) || this.#seen.has(key) || this.#isFull()) return;
    this.#seen.set(key, at);
    this.#kept++;
    const effects = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const effect of effects) {
      this.#countOf(effect.type).resolved++;
      const { log } = effect.at;
      if (log === at.log && log.profile.order !== 'none') this.#foundLate(effect, at);
    }
  }

  #takeCause(event: EventFact, cause: string): void {
    const key = keyOf(cause);
    this.#cycles.take(event, key);
    if (!this.#settings.owns(key)) return;
    this.#evidence.checked();
    if (cause === event.id) return this.#foundOwn(event);
    const type = event.type ?? '';
    if (this.#seen.has(key)) this.#countOf(type).resolved++;
    else if (!this.#isFull()) {
      this.#kept++;
      const effect = { ...placeToKeep(event), cause: ownCopy(cause), type: ownCopy(type) };
      const effects = this.#waiting.get(key);
      if (effects === undefined) this.#waiting.set(key, [effect]);
      else effects.push(effect);
    }
  }

  #countOf(type: string): TypeCount {
    const count = this.#types.get(type) ?? { resolved: 0, unresolved: 0 };
    if (!this.#types.has(type)) this.#types.set(ownCopy(type), count);
    return count;
  }

  #judgeMissing(effect: Effect): void {
    const { resolved, unresolved } = this.#countOf(effect.type);
    if (!this.#isWhole) {
      return this.#evidence.skipped('events are missing, of which one may be the cause');
    }
    if (resolved < unresolved * RESOLVED_PER_UNRESOLVED) {
      return this.#evidence.skipped('the cause is in none of the logs read');
    }
    const cause = quoted(effect.cause);
    this.#evidence.found({
      message: `${nameOf(effect)} follows from event ${cause}, which is in none of the logs read`,
      expected: `event ${cause} before it`,
      actual: 'no such event',
      events: [effect.at],
      keys: ['missing', effect.id ?? '', effect.cause],
    });
  }

  #foundLate(effect: Effect, cause: EventRef): void {
    const place = placeBeside(cause, effect.at);
    this.#evidence.found({
      message: `${nameOf(effect)} follows from event ${quoted(effect.cause)}, which stands behind it, at ${place}`,
      expected: 'a cause before its effect',
      actual: `effect at ${placeOf(effect.at)}, cause at ${placeOf(cause)}`,
      events: [effect.at, cause],
      keys: ['late', effect.id ?? '', effect.cause],
    });
  }

  #foundOwn(event: EventFact): void {
    this.#evidence.found({
      message: `${nameOf(event)} names itself as its cause`,
      expected: 'a cause before its effect',
      actual: 'its own id',
      events: [event.at],
      keys: ['own', event.id ?? ''],
    });
  }

  #isFull(): boolean {
    const { maxKeys } = this.#settings;
    if (this.#kept < maxKeys) return false;
    this.#evidence.gaveUp(`the log has more than ${maxKeys} events and causes`);
    return true;
  }
}
