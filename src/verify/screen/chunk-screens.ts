import { ChunkScreen, type ChunkOutcome, type ChunkSettings } from './chunk.ts';
import { CaptureFold, RevisionFold, UniqueFold } from './partition-folds.ts';
import { type Block, PARTITIONS } from './records.ts';
import { BlockReader } from './spill.ts';
import { SUSPECT } from './suspicion.ts';

/** The records of all logs, a block for each chunk, in the order of the logs. */
export interface Streams {
  identities: readonly Block[];
  effects: readonly Block[];
  revisions: readonly Block[];
  payments: readonly Block[];
}

/** Which of the partitions one thread judges: every `of`th, from this one on. */
export interface Share {
  first: number;
  of: number;
}

/** What one thread does for the screen. Keeps nothing from one task to the next. */
export class ChunkScreens {
  readonly #settings: ChunkSettings;
  readonly #logs: ChunkScreen[] = [];

  constructor(settings: ChunkSettings) {
    this.#settings = settings;
  }

  read(log: number, bytes: Uint8Array): ChunkOutcome {
    const screen = (this.#logs[log] ??= new ChunkScreen(this.#settings, log));
    return screen.read(bytes);
  }

  /** @returns bits of what is suspect in these partitions */
  judge({ identities, effects, revisions, payments }: Streams, { first, of }: Share): number {
    const [unique, revision, capture] = [new UniqueFold(), new RevisionFold(), new CaptureFold()];
    using reader = new BlockReader();
    let suspicion = 0;
    for (let partition = first; partition < PARTITIONS; partition += of) {
      const recordsOf = (blocks: readonly Block[]) =>
        blocks.map((block) => reader.wordsOf(block, partition));
      if (!unique.isClean(recordsOf(identities))) suspicion |= SUSPECT.identity;
      if (!unique.isClean(recordsOf(effects))) suspicion |= SUSPECT.effects;
      if (!revision.isClean(recordsOf(revisions))) suspicion |= SUSPECT.revisions;
      if (!capture.isClean(recordsOf(payments))) suspicion |= SUSPECT.effects;
    }
    return suspicion;
  }
}
