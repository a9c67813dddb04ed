import type { CheckRun } from '../contract.ts';
import type { EventFact, FactOf } from '../facts.ts';
import type { Projection } from '../projection/projection.ts';
import type { Readable } from '../user/user-facts.ts';
import { type AsOf, isWithin } from './as-of.ts';

type Folded = Readable | FactOf<'event' | 'damage' | 'unusable'>;

/** A projection of a log as of a moment. */
export class Projected<State> implements CheckRun<Folded> {
  state: State;
  /** Events up to the moment, and the last of them. */
  events = 0;
  last: EventFact | undefined;
  /** Events that could not be folded: unreadable lines, and facts that do not say what they should. */
  unreadable = 0;
  /** Events that do not say when they were, where that was asked. */
  untimed = 0;
  readonly #projection: Projection<State>;
  readonly #asOf: AsOf;
  readonly #kinds: ReadonlySet<string>;
  /** An event behind the moment was seen: a line that cannot be read is then taken to be behind it. */
  #isPast = false;

  constructor(projection: Projection<State>, asOf: AsOf) {
    this.#projection = projection;
    this.#asOf = asOf;
    this.#kinds = new Set(projection.needs);
    this.state = projection.initial();
  }

  get needs(): readonly Folded['kind'][] {
    return [...new Set([...this.#projection.needs, 'event', 'damage', 'unusable'] as const)];
  }

  take(fact: Folded): void {
    if (fact.kind === 'damage') {
      this.unreadable += fact.lost && !this.#isPast ? 1 : 0;
      return;
    }
    if (fact.kind === 'event') this.#count(fact);
    if (isWithin(fact.kind === 'event' ? fact : fact.event, this.#asOf) !== true) return;
    if (fact.kind === 'unusable') this.unreadable++;
    else if (this.#kinds.has(fact.kind)) this.state = this.#projection.step(this.state, fact);
  }

  #count(event: EventFact): void {
    const within = isWithin(event, this.#asOf);
    if (within === undefined) this.untimed++;
    if (within === false) this.#isPast = true;
    if (within !== true) return;
    this.events++;
    this.last = event;
  }
}
