import type { ChunkOutcome } from './chunk.ts';
import type { Sums } from './conclusions.ts';
import { NONE } from './envelope.ts';
import { LedgerFold } from './ledger-fold.ts';
import { CaptureFold, RevisionFold, UniqueFold } from './partition-folds.ts';
import { type Block, PARTITIONS } from './records.ts';
import { addTally, emptyTally, SUSPECT } from './suspicion.ts';

/** Puts together what chunks say, in the order of the logs. */
export class Screening {
  suspicion = 0;
  /** Position of the last event, as a report says it. */
  head: string | null = null;
  readonly #tally = emptyTally();
  readonly #ledger = new LedgerFold();
  readonly #identities: Block[] = [];
  readonly #effects: Block[] = [];
  readonly #revisions: Block[] = [];
  readonly #payments: Block[] = [];
  /** Of the log that is being read. */
  #log = emptyTally();
  #lastPosition = 0;

  get events(): number {
    return this.#tally.events + this.#log.events;
  }

  get sums(): Sums {
    return { tally: this.#tally, ledger: this.#ledger.counts };
  }

  take(outcome: ChunkOutcome): void {
    this.suspicion |= outcome.suspicion;
    addTally(this.#log, outcome.tally);
    if (outcome.firstPosition !== NONE) {
      if (outcome.firstPosition !== this.#lastPosition + 1) this.suspicion |= SUSPECT.order;
      this.#lastPosition = outcome.lastPosition;
    }
    const { identities, effects, revisions, payments } = outcome.blocks;
    this.#identities.push(identities);
    this.#effects.push(effects);
    this.#revisions.push(revisions);
    this.#payments.push(payments);
    this.#ledger.take(outcome.movements);
  }

  /** No more chunks of this log follow. */
  endLog(): void {
    const { events, lines, withPosition, withRevision } = this.#log;
    if (withPosition !== 0 && withPosition !== events) this.suspicion |= SUSPECT.order;
    if (withRevision !== 0 && withRevision !== events) this.suspicion |= SUSPECT.revisions;
    if (events > 0) this.head = withPosition > 0 ? String(this.#lastPosition) : `line:${lines}`;
    addTally(this.#tally, this.#log);
    this.#log = emptyTally();
    this.#lastPosition = 0;
  }

  /** After the last log. */
  finish(): void {
    this.suspicion |= this.#ledger.suspicion;
    const [unique, revisions, captures] = [new UniqueFold(), new RevisionFold(), new CaptureFold()];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const of = (blocks: readonly Block[]) => blocks.map((block) => wordsOf(block, partition));
      if (!unique.isClean(of(this.#identities))) this.suspicion |= SUSPECT.identity;
      if (!unique.isClean(of(this.#effects))) this.suspicion |= SUSPECT.effects;
      if (!revisions.isClean(of(this.#revisions))) this.suspicion |= SUSPECT.revisions;
      if (!captures.isClean(of(this.#payments))) this.suspicion |= SUSPECT.effects;
    }
  }
}

function wordsOf({ words, offsets }: Block, partition: number): Uint32Array {
  return words.subarray(offsets[partition], offsets[partition + 1]);
}
