import { REGISTRY_LIMITS } from './limits.ts';

/** What a blocking query can wait for. Service names compare without case, as in Consul. */
export type Topic = 'services' | 'checks' | 'nodes' | `service:${string}` | `health:${string}`;

/** The instances of a service. */
export function serviceTopic(name: string): Topic {
  return `service:${name.toLowerCase()}`;
}

/** The instances of a service and the checks that decide their health. */
export function healthTopic(name: string): Topic {
  return `health:${name.toLowerCase()}`;
}

/**
 * The index of each topic's last change. A topic keeps its index when its service has gone, so that
 * no client sees an index go back; past the limit the longest gone share one, never below their own.
 */
export class TopicIndexes {
  readonly #indexes = new Map<Topic, number>();
  readonly #departed = new Set<string>();
  /** The index of every topic that has none of its own. */
  #floor: number;

  constructor(floor: number) {
    this.#floor = floor;
  }

  of(topic: Topic): number {
    return this.#indexes.get(topic) ?? this.#floor;
  }

  raise(topics: Iterable<Topic>, index: number): void {
    for (const topic of topics) this.#indexes.set(topic, index);
  }

  /** @param present whether a service of this name has an instance now */
  notePresence(name: string, present: boolean): void {
    const key = name.toLowerCase();
    this.#departed.delete(key);
    if (present) return;
    this.#departed.add(key);
    for (const oldest of this.#departed) {
      if (this.#departed.size <= REGISTRY_LIMITS.departedServices) return;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#departed.delete(name);
    for (const topic of [serviceTopic(name), healthTopic(name)]) {
      this.#floor = Math.max(this.#floor, this.of(topic));
      this.#indexes.delete(topic);
    }
  }
}
