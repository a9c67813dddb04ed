import type { ChunkOutcome, ClockSpan } from './chunk.ts';
import type { Streams } from './chunk-screens.ts';
import type { Sums } from './conclusions.ts';
import { NONE } from './envelope.ts';
import { LedgerFold } from './ledger-fold.ts';
import type { Block } from './records.ts';
import type { Spill } from './spill.ts';
import { addTally, emptyTally, SUSPECT } from './suspicion.ts';

/** Less than the quarter hour by which offsets of time zones differ, and all slack of `log/clock`. */
const MOST_LAGS_MS = 890_000;

/** Puts together what chunks say, in the order of the logs. */
export class Screening {
  suspicion = 0;
  /** Position of the last event, as a report says it. */
  head: string | null = null;
  readonly #spill: Spill;
  readonly #tally = emptyTally();
  readonly #ledger = new LedgerFold();
  readonly streams: Record<keyof Streams, Block[]> = {
    identities: [],
    effects: [],
    revisions: [],
    payments: [],
  };
  /** Of the log that is being read. */
  #log = emptyTally();
  #lastPosition = 0;
  #recordedMs = -Infinity;
  #leastLagMs = Infinity;
  #mostLagMs = -Infinity;
  #logs = 0;

  constructor(spill: Spill) {
    this.#spill = spill;
  }

  get events(): number {
    return this.#tally.events + this.#log.events;
  }

  get sums(): Sums {
    return {
      logs: this.#logs,
      tally: this.#tally,
      ledger: this.#ledger.counts,
      holds: this.#ledger.holds.counts,
    };
  }

  take(outcome: ChunkOutcome): void {
    this.suspicion |= outcome.suspicion;
    addTally(this.#log, outcome.tally);
    if (outcome.firstPosition !== NONE) {
      if (outcome.firstPosition !== this.#lastPosition + 1) this.suspicion |= SUSPECT.order;
      this.#lastPosition = outcome.lastPosition;
    }
    const { identities, effects, revisions, payments } = outcome.blocks;
    this.streams.identities.push(this.#spill.keep(identities));
    this.streams.effects.push(this.#spill.keep(effects));
    this.streams.revisions.push(this.#spill.keep(revisions));
    this.streams.payments.push(this.#spill.keep(payments));
    this.#ledger.take(outcome.movements);
    this.#takeClock(outcome.clock);
  }

  #takeClock({ firstMs, lastMs, leastLagMs, mostLagMs }: ClockSpan): void {
    if (firstMs === Infinity) return;
    if (firstMs < this.#recordedMs) this.suspicion |= SUSPECT.clock;
    this.#recordedMs = lastMs;
    this.#leastLagMs = Math.min(this.#leastLagMs, leastLagMs);
    this.#mostLagMs = Math.max(this.#mostLagMs, mostLagMs);
    // Lags that lie closer than the offsets of two time zones never jump from one to the other.
    if (this.#mostLagMs - this.#leastLagMs > MOST_LAGS_MS) this.suspicion |= SUSPECT.clock;
  }

  /** No more chunks of this log follow. */
  endLog(): void {
    const { events, lines, withPosition, withRevision, withRecording } = this.#log;
    if (withRecording !== 0 && withRecording !== events) this.suspicion |= SUSPECT.clock;
    if (withPosition !== 0 && withPosition !== events) this.suspicion |= SUSPECT.order;
    if (withRevision !== 0 && withRevision !== events) this.suspicion |= SUSPECT.revisions;
    if (events > 0) this.head = withPosition > 0 ? String(this.#lastPosition) : `line:${lines}`;
    this.#logs++;
    addTally(this.#tally, this.#log);
    this.#log = emptyTally();
    this.#lastPosition = 0;
    this.#recordedMs = -Infinity;
    this.#leastLagMs = Infinity;
    this.#mostLagMs = -Infinity;
  }

  /** After the last log, with what is suspect in its records. */
  finish(suspicion: number): void {
    this.suspicion |= this.#ledger.suspicion | this.#ledger.holds.suspicion | suspicion;
  }
}
