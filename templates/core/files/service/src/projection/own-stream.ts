import { streams } from '../names.ts';

const PREFIXES = Object.values(streams).map((streamOf) => streamOf(''));

/** Whether this service writes a stream. By kind too: `ledger-` alone begins `ledger-eu-…` as well. */
export function isOwnStream(subject: string): boolean {
  return PREFIXES.some((prefix) => subject.startsWith(prefix));
}
