import type { EventFact, EventRef } from '../facts.ts';
import type { CompiledEntry } from './entry.ts';

/** Types of which it is known how often they came. */
const MAX_TYPES = 10_000;

export interface UnmappedType {
  /** Undefined for records that name none. */
  type: string | undefined;
  events: number;
  first: EventRef;
}

/** How a map fits the log it is held against. Every pass over the log begins anew. */
export class MapUse {
  readonly #matched = new Set<CompiledEntry>();
  readonly #unmapped = new Map<string | undefined, UnmappedType>();
  readonly #types = new Set<string>();
  #events = 0;

  start(): void {
    this.#matched.clear();
    this.#unmapped.clear();
    this.#types.clear();
    this.#events = 0;
  }

  saw({ type }: EventFact): void {
    this.#events++;
    if (type !== undefined && this.#types.size < MAX_TYPES) this.#types.add(type);
  }

  matched(entry: CompiledEntry): void {
    this.#matched.add(entry);
  }

  unmapped({ type, at }: EventFact): void {
    const known = this.#unmapped.get(type);
    if (known !== undefined) known.events++;
    else if (this.#unmapped.size < MAX_TYPES)
      this.#unmapped.set(type, { type, events: 1, first: at });
  }

  get events(): number {
    return this.#events;
  }

  hasMatched(entry: CompiledEntry): boolean {
    return this.#matched.has(entry);
  }

  /** Types that came, for the nearest name to one that did not. */
  get types(): ReadonlySet<string> {
    return this.#types;
  }

  /** Types that became no fact, most frequent first. */
  get unmappedTypes(): UnmappedType[] {
    return [...this.#unmapped.values()].toSorted((a, b) => b.events - a.events);
  }
}
