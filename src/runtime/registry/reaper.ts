import type { Clock } from '../../kernel/time.ts';
import type { Check } from './records.ts';

const SWEEP_MS = 30_000;
const MIN_CRITICAL_MS = 60_000;
const FAST_SWEEP_MS = 1000;

interface Critical {
  serviceId: string;
  sinceMs: number;
  limitMs: number;
}

/**
 * Removes services that stay critical longer than their `DeregisterCriticalServiceAfter`: as Consul,
 * never below a minute and looking each 30 s; fast, exactly the time asked for and looking each second.
 */
export class Reaper implements Disposable {
  readonly #clock: Clock;
  readonly #minMs: number;
  readonly #reap: (serviceId: string) => void;
  readonly #critical = new Map<string, Critical>();
  #sweeper: Disposable;

  constructor(clock: Clock, options: { fast: boolean; reap: (serviceId: string) => void }) {
    this.#clock = clock;
    this.#minMs = options.fast ? 0 : MIN_CRITICAL_MS;
    this.#reap = options.reap;
    this.#sweeper = this.#nextSweep(options.fast ? FAST_SWEEP_MS : SWEEP_MS);
  }

  /** Takes in the present state of a check. */
  note({ id, serviceId, status, deregisterAfterMs }: Check): void {
    if (status !== 'critical' || serviceId === '' || deregisterAfterMs === 0) {
      this.#critical.delete(id);
      return;
    }
    const sinceMs = this.#critical.get(id)?.sinceMs ?? this.#clock.monotonicMs();
    const limitMs = Math.max(this.#minMs, deregisterAfterMs);
    this.#critical.set(id, { serviceId, sinceMs, limitMs });
  }

  forget(checkId: string): void {
    this.#critical.delete(checkId);
  }

  /** Counts every critical time from now: nobody could report while this process stood still. */
  restart(): void {
    for (const critical of this.#critical.values()) critical.sinceMs = this.#clock.monotonicMs();
  }

  [Symbol.dispose](): void {
    this.#sweeper[Symbol.dispose]();
  }

  #nextSweep(everyMs: number): Disposable {
    return this.#clock.after(everyMs, () => {
      this.#sweep();
      this.#sweeper = this.#nextSweep(everyMs);
    });
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    const overdue = [...this.#critical.values()].filter(
      ({ sinceMs, limitMs }) => nowMs - sinceMs > limitMs,
    );
    for (const serviceId of new Set(overdue.map((it) => it.serviceId))) this.#reap(serviceId);
  }
}
