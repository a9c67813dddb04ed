import { hash } from 'node:crypto';

const HASH_BYTES = 32;
const LEAF = 0x00;
const NODE = 0x01;

/** How far a tree has grown, and what stands for all of it. */
export interface TreeHead {
  /** Leaves. */
  size: number;
  /** SHA-256. */
  root: Buffer;
}

/** The Merkle tree of RFC 6962 §2.1, grown leaf by leaf. Keeps one hash for each bit of its size. */
export class MerkleTree {
  #size = 0;
  /** Roots of the full subtrees side by side, the largest first. */
  readonly #peaks: Buffer[] = [];
  readonly #node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE);
  #leaf = Buffer.alloc(1024, LEAF);

  append(leaf: Uint8Array): void {
    let grown = this.#hashLeaf(leaf);
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#peaks.pop();
      if (left !== undefined) grown = this.#hashNode(left, grown);
    }
    this.#peaks.push(grown);
    this.#size++;
  }

  get size(): number {
    return this.#size;
  }

  get head(): TreeHead {
    const [last, ...before] = this.#peaks.toReversed();
    if (last === undefined) return { size: 0, root: sha256(Buffer.alloc(0)) };
    const root = before.reduce((right, left) => this.#hashNode(left, right), last);
    return { size: this.#size, root };
  }

  /** The prefix is put before the leaf in a buffer of our own: one call hashes faster than two. */
  #hashLeaf(leaf: Uint8Array): Buffer {
    const length = leaf.length + 1;
    if (this.#leaf.length < length) this.#leaf = Buffer.alloc(2 * length, LEAF);
    this.#leaf.set(leaf, 1);
    return sha256(this.#leaf.subarray(0, length));
  }

  #hashNode(left: Buffer, right: Buffer): Buffer {
    this.#node.set(left, 1);
    this.#node.set(right, 1 + HASH_BYTES);
    return sha256(this.#node);
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
