import type { TreeHead } from './merkle-tree.ts';

/** A log at one moment (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log for ever. */
  origin: string;
  head: TreeHead;
}

const TEXT =
  /^(?<origin>[^\n]+)\n(?<size>0|[1-9]\d{0,15})\n(?<root>[A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/;

/** The text of a note: origin, size, root; no more. */
export function checkpointText({ origin, head }: Checkpoint): string {
  return `${origin}\n${head.size}\n${head.root.toString('base64')}\n`;
}

/** @returns undefined for what is no checkpoint; lines behind the third are others' and passed over */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const { origin, size, root } = TEXT.exec(text)?.groups ?? {};
  if (origin === undefined || size === undefined || root === undefined) return undefined;
  if (!Number.isSafeInteger(Number(size))) return undefined;
  return { origin, head: { size: Number(size), root: Buffer.from(root, 'base64') } };
}
