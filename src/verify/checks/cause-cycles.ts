import type { CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact } from '../facts.ts';
import { keyOf } from '../keys.ts';
import { type NamedPlace, nameOf, placeToKeep } from '../naming.ts';

interface Edge extends NamedPlace {
  cause: string;
}

/**
 * Cycles of causes where order alone shows none: across logs, or in one without order. An event has
 * one cause at most, so that every strongly connected component is a ring, found by walking from
 * each event to its cause. All edges are needed at once: the first pass keeps them.
 */
export class CauseCycles {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #edges = new Map<string, Edge>();

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(event: EventFact, cause: string): void {
    const { id, at } = event;
    const hasOrder = !at.log.amongOthers && at.log.profile.order !== 'none';
    if (hasOrder || id === undefined || !this.#settings.isFirstPass) return;
    const key = keyOf(id);
    if (this.#edges.has(key)) return;
    const { maxKeys } = this.#settings;
    if (this.#edges.size >= maxKeys) {
      return this.#evidence.gaveUp(`the logs have more than ${maxKeys} causes`);
    }
    this.#edges.set(key, { ...placeToKeep(event), cause });
  }

  finish(): void {
    const done = new Set<string>();
    for (const start of this.#edges.keys()) {
      const path: string[] = [];
      const onPath = new Set<string>();
      let key = start;
      while (this.#edges.has(key) && !done.has(key) && !onPath.has(key)) {
        path.push(key);
        onPath.add(key);
        key = this.#edges.get(key)?.cause ?? '';
      }
      if (onPath.has(key)) this.#judge(path.slice(path.indexOf(key)));
      for (const walked of path) done.add(walked);
    }
  }

  #judge(keys: readonly string[]): void {
    const ring = keys.flatMap((key) => this.#edges.get(key) ?? []).toSorted(inReadingOrder);
    const [first] = ring;
    if (first === undefined || ring.length === 1 || isInOneOrder(ring)) return;
    this.#evidence.found({
      message: `${ring.map(nameOf).join(', ')}: each follows from another of them`,
      expected: 'causes without a cycle',
      actual: `a cycle of ${ring.length}`,
      events: ring.map(({ at }) => at),
      keys: ['cycle', ...ring.map(({ id }) => id ?? '').toSorted()],
    });
  }
}

/** One of its causes stands behind its effect then, and is found by that. */
function isInOneOrder(ring: readonly Edge[]): boolean {
  const [first] = ring;
  return ring.every(({ at }) => at.log === first?.at.log && at.log.profile.order !== 'none');
}

function inReadingOrder({ at: a }: Edge, { at: b }: Edge): number {
  return a.log.index - b.log.index || a.line - b.line;
}
