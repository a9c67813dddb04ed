import { hash } from 'node:crypto';

/**
 * A key of 32 characters for any list of texts, so that a million long names cost no more memory
 * than a million short ones. SHA-256: nobody can craft two that collide.
 */
export function keyOf(...parts: readonly string[]): string {
  return hash('sha256', parts.map(unambiguous).join(''), 'binary');
}

/** Length first, so that `ab`,`c` and `a`,`bc` differ; a lone surrogate has no UTF-8 of its own. */
function unambiguous(part: string): string {
  return `${part.length}:${part.isWellFormed() ? part : JSON.stringify(part)}`;
}

/**
 * The same text without the line it was cut from: V8 keeps the whole parent of a substring alive,
 * and a check that remembers ids would remember every line.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
