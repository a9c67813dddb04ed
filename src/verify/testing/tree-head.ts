import { MerkleTree, type TreeHead } from '../checkpoint/merkle-tree.ts';
import type { CheckSettings } from '../contract.ts';

/** The tree over the first lines of a log whose every line is ended. */
export function treeHeadOf(log: Buffer, lines?: number): TreeHead {
  const tree = new MerkleTree();
  for (const line of log.toString('latin1').split('\n').slice(0, -1).slice(0, lines)) {
    tree.append(Buffer.from(line, 'latin1'));
  }
  return tree.head;
}

/** What holds a log to this head. */
export function heldTo(saved: TreeHead | undefined): Pick<CheckSettings, 'checkpoint'> {
  return { checkpoint: { saved, onHead: () => {} } };
}
