import type { CheckCard } from '../contract.ts';
import type { HistoryModel } from '../../model/history-models.ts';
import type { Evidence } from '../evidence.ts';
import type { History } from './operation.ts';
import type { SearchRoom } from './search.ts';

/** What a check of a history is told besides the history. */
export interface HistorySettings {
  model: HistoryModel;
  /** What a bank holds in all; undefined: what its first read says. */
  total: bigint | undefined;
  /** How long a search may take, in words and as a question. */
  timeout: { text: string; isOver: () => boolean };
  room: SearchRoom;
  /** Findings that are shown of one check: more are counted, and not made small. */
  maxFindings: number;
  signal: AbortSignal;
}

/** One rule that the calls of concurrent clients must keep. */
export interface HistoryCheck extends CheckCard {
  models: readonly HistoryModel[];
  /** @throws FintechError VERIFY_SOURCE for an operation that its model does not have */
  judge(history: History, evidence: Evidence, settings: HistorySettings): Promise<void>;
}
