import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { MerkleTree } from './merkle-tree.ts';

const { FINTECH_SEED = '1' } = process.env;
const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();

/** RFC 6962 §2.1 as it is written there: split at the largest power of two below the length. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))];
  return sha256(Buffer.of(1), left, right);
}

test(`every prefix has the root that the RFC's recursion gives it (seed ${FINTECH_SEED})`, () => {
  const random = seededRandom(FINTECH_SEED);
  const leaves = Array.from({ length: 130 }, () =>
    random.bytes(Math.floor(random.fraction() * 3000)),
  );
  const tree = new MerkleTree();
  for (let size = 0; size <= leaves.length; size++) {
    expect(tree.head).toEqual({ size, root: naiveRoot(leaves.slice(0, size)) });
    const next = leaves[size];
    if (next !== undefined) tree.append(next);
  }
});

test('the root over nothing is the hash of nothing', () => {
  expect(new MerkleTree().head.root).toEqual(sha256());
});

test('a leaf cannot pass for the node above two leaves', () => {
  const [one, two] = [Buffer.from('one'), Buffer.from('two')];
  const pair = new MerkleTree();
  pair.append(one);
  pair.append(two);
  const forged = new MerkleTree();
  forged.append(Buffer.concat([sha256(Buffer.of(0), one), sha256(Buffer.of(0), two)]));
  expect(forged.head.root).not.toEqual(pair.head.root);
});
