import type { TreeHead } from '../checkpoint/merkle-tree.ts';
import { MerkleTree } from '../checkpoint/merkle-tree.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef, LineFact } from '../facts.ts';
import { counted } from '../../kernel/counted.ts';
import { MAX_LINE_BYTES } from '../source/source.ts';
import { defineCheck } from './define.ts';

export const logCheckpoint: Check = defineCheck({
  id: 'log/checkpoint',
  title: 'The log extends its saved checkpoint',
  severity: 'critical',
  scope: 'log',
  needs: ['line'],
  isKeyed: false,
  unit: 'lines under a checkpoint',
  reads: [],
  implies: [],
  about: {
    proves:
      'The first lines of the log, byte for byte, are those that the checkpoint was made of: none was edited, inserted, removed or moved since, the end was not cut off, and the log was not rebuilt with other events, by anyone who does not hold the checkpoint’s key. The lines are the leaves of a Merkle tree (RFC 6962); the checkpoint holds their number and the root over them, signed (C2SP tlog-checkpoint).',
    skips:
      'Runs without `--checkpoint <file>`. Lines behind the checkpoint, until `--update` writes the next one. Control lines of a followed log and a torn last line are no part of the tree.',
    notFooledBy:
      'Events appended since. Positions, revisions and times that fit: only bytes count. A store that was restored from a backup is shorter than its checkpoint and reported as rolled back; one that was reset has another origin, and its old checkpoint is refused before anything is read.',
  },
  idle: ({ checkpoint }) => (checkpoint === undefined ? 'no --checkpoint was given' : undefined),
  start: (evidence, settings) => new Extends(evidence, settings),
});

class Extends implements CheckRun<LineFact> {
  readonly #evidence: Evidence;
  readonly #checkpoint: CheckSettings['checkpoint'];
  readonly #tree = new MerkleTree();
  #last: EventRef | undefined;
  /** The root over as many lines as the checkpoint covers, and the last of them. */
  #then: { head: TreeHead; at: EventRef | undefined } | undefined;
  #lost = false;

  constructor(evidence: Evidence, { checkpoint }: CheckSettings) {
    this.#evidence = evidence;
    this.#checkpoint = checkpoint;
    if (checkpoint?.saved?.size === 0) this.#mark();
  }

  take({ at, bytes }: LineFact): void {
    if (this.#checkpoint === undefined || this.#lost) return;
    if (bytes === undefined) {
      this.#lost = true;
      return this.#evidence.gaveUp(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
    this.#tree.append(bytes);
    this.#last = at;
    if (this.#tree.size === this.#checkpoint.saved?.size) this.#mark();
  }

  finish(): void {
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined) return;
    if (checkpoint.saved === undefined) this.#evidence.skipped('there is no checkpoint yet', 0);
    else if (this.#then !== undefined) this.#compare(checkpoint.saved, this.#then);
    else if (!this.#lost) this.#foundShorter(checkpoint.saved);
    if (!this.#lost) checkpoint.onHead(this.#tree.head);
  }

  #mark(): void {
    this.#then = { head: this.#tree.head, at: this.#last };
  }

  #compare(saved: TreeHead, { head, at }: { head: TreeHead; at: EventRef | undefined }): void {
    // A checkpoint of an empty log is kept by every log.
    this.#evidence.checked(Math.max(1, saved.size));
    if (head.root.equals(saved.root)) return;
    const [expected, actual] = [saved, head].map(({ root }) => `root ${root.toString('base64')}`);
    this.#found(
      `the first ${counted(saved.size, 'lines')} of the log are not those of its checkpoint: one was edited, inserted, removed or moved, or the log was rebuilt: expected ${expected}, found ${actual}`,
      { expected: expected ?? '', actual: actual ?? '', at },
    );
  }

  #foundShorter(saved: TreeHead): void {
    const { size } = this.#tree;
    this.#evidence.checked(Math.max(1, size));
    const expected = `${counted(saved.size, 'lines')} or more`;
    const actual = counted(size, 'lines');
    this.#found(
      `the log was rolled back: its tail was cut off, or an older backup was restored: expected ${expected}, found ${actual}`,
      { expected, actual, at: this.#last },
    );
  }

  #found(
    message: string,
    { expected, actual, at }: { expected: string; actual: string; at: EventRef | undefined },
  ): void {
    // No keys: that history was rewritten is nothing to be accepted in a baseline.
    this.#evidence.found({
      message,
      expected,
      actual,
      events: at === undefined ? [] : [at],
      keys: [],
      ofWhole: true,
    });
  }
}
