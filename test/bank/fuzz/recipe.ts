import type { RunningBank } from '../running-bank.ts';
import type { Valid } from './bad-requests.ts';

/** Brings the bank into a state in which an operation passes, and says how to ask for it. */
export type Recipe = (bank: RunningBank) => Valid | Promise<Valid>;

let count = 0;

/** An id that nothing else has. */
export function fresh(what: string): string {
  count += 1;
  return `fuzz-${what}-${count}`;
}
