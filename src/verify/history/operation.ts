import type { JsonNode } from '../../kernel/json-text.ts';
import type { EventRef } from '../facts.ts';

/** One line of a history: a client begins a call, or learns what became of it. */
export interface HistoryRecord {
  /** Its place among all records, from 0: the order of time. */
  index: number;
  at: EventRef;
  /** As it was written; `History.parse` reads it again for a report. */
  text: string;
  process: string;
  type: 'invoke' | 'ok' | 'fail' | 'info';
  f: string;
  /** Undefined where the record has none, or nil. */
  key: JsonNode | undefined;
  value: JsonNode;
  /** Where an append says its position apart from its value. */
  position: JsonNode | undefined;
}

/**
 * One call. What failed had no effect and is no operation; what ended with `info` or did not end at
 * all is open: it may take effect at any later time, or never.
 */
export interface Operation {
  process: string;
  f: string;
  key: JsonNode | undefined;
  input: JsonNode;
  /** Undefined where it is open. */
  output: JsonNode | undefined;
  /** Records by index; infinity where it is open. */
  calledAt: number;
  returnedAt: number;
  call: HistoryRecord;
  end: HistoryRecord | undefined;
}

export interface History {
  name: string;
  /** Records read, without those of a nemesis. */
  records: number;
  /** The last record. */
  head: EventRef | undefined;
  parse: (text: string) => JsonNode | undefined;
  /** In the order of their calls. */
  operations: Operation[];
}

/** `line 14`, and whose. */
export function endOf({ process, end, call }: Operation): string {
  const { line } = (end ?? call).at;
  return `process ${process} (line ${line})`;
}

/** The records of calls, in the order of the history. */
export function recordsOf(operations: readonly Operation[]): EventRef[] {
  return operations
    .flatMap(({ call, end }) => (end === undefined ? [call] : [call, end]))
    .toSorted((a, b) => a.index - b.index)
    .map(({ at }) => at);
}
