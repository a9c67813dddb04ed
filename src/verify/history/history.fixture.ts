import type { Report } from '../../model/verify-report.ts';
import type { HistoryModel } from '../../model/history-models.ts';
import type { History } from './operation.ts';
import { SEARCH_ROOM } from './search.ts';
import { readHistory } from './read-history.ts';
import { verifyHistory, type VerifyHistoryOptions } from './verify-history.ts';

/** A text as it comes from a file, in chunks of so many bytes. */
export async function* chunksOf(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const historyOf = (text: string | Uint8Array): Promise<History> =>
  readHistory('history.edn', chunksOf(text));

export async function judgeHistory(
  text: string | Uint8Array,
  model: HistoryModel,
  options: Partial<VerifyHistoryOptions> = {},
): Promise<Report> {
  return verifyHistory(await historyOf(text), {
    model,
    total: undefined,
    timeout: { text: '60 s', isOver: () => false },
    room: SEARCH_ROOM,
    maxFindings: 20,
    signal: new AbortController().signal,
    allowEmpty: false,
    file: 'history.edn',
    reproduce: `fintech verify --history history.edn --model ${model}`,
    ...options,
  });
}

/** What was found, as `<last position>: <actual>`. */
export const foundIn = ({ findings }: Report): string[] =>
  findings.map(({ positions, actual }) => `${positions.at(-1)}: ${actual}`);
