import type { ChunkOutcome } from './chunk.ts';
import type { Streams } from './chunk-screens.ts';
import type { Sums } from './conclusions.ts';
import { NONE } from './envelope.ts';
import { LedgerFold } from './ledger-fold.ts';
import type { Block } from './records.ts';
import { addTally, emptyTally, SUSPECT } from './suspicion.ts';

/** Puts together what chunks say, in the order of the logs. */
export class Screening {
  suspicion = 0;
  /** Position of the last event, as a report says it. */
  head: string | null = null;
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
  #logs = 0;

  get events(): number {
    return this.#tally.events + this.#log.events;
  }

  get sums(): Omit<Sums, 'hasCheckpoint'> {
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
    this.streams.identities.push(identities);
    this.streams.effects.push(effects);
    this.streams.revisions.push(revisions);
    this.streams.payments.push(payments);
    this.#ledger.take(outcome.movements);
  }

  /** No more chunks of this log follow. */
  endLog(): void {
    const { events, lines, withPosition, withRevision } = this.#log;
    if (withPosition !== 0 && withPosition !== events) this.suspicion |= SUSPECT.order;
    if (withRevision !== 0 && withRevision !== events) this.suspicion |= SUSPECT.revisions;
    if (events > 0) this.head = withPosition > 0 ? String(this.#lastPosition) : `line:${lines}`;
    this.#logs++;
    addTally(this.#tally, this.#log);
    this.#log = emptyTally();
    this.#lastPosition = 0;
  }

  /** After the last log, with what is suspect in its records. */
  finish(suspicion: number): void {
    this.suspicion |= this.#ledger.suspicion | this.#ledger.holds.suspicion | suspicion;
  }
}
