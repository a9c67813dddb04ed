import type { Vocabulary } from '../source/source.ts';

/** Of a log that tells again what another says: its events mean nothing of their own. */
export const SILENT_VOCABULARY: Vocabulary = {
  reads: () => [],
  start: () => ({ read: () => {}, end: () => {} }),
};
