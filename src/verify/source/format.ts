import { delimiterOf, isHeader } from './csv-header.ts';
import { arrayLines } from './json-array.ts';
import { peek } from './peek.ts';

/** How far the first line of a CSV is looked for. */
const MAX_HEADER_BYTES = 65_536;
/** As its bytes read in Latin-1. */
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;
const CSV_NAME = /\.(?:csv|tsv)(?:\.\w+)?$/i;
const JSON_NAME = /\.(?:json|jsonl|ndjson)(?:\.\w+)?$/i;

type Convert = (name: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/**
 * Text of any format as NDJSON. JSON, arrays of it and XML are told by their first byte; CSV by its
 * name, or by a first line that can be nothing else.
 * @throws FintechError VERIFY_SOURCE where it cannot be read to its end
 */
export async function* asNdjson(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const isEnough = (head: Buffer) => formatOf(name, head, false) !== undefined;
  const { head, all } = await peek(chunks, isEnough);
  const convert = formatOf(name, head, false) ?? formatOf(name, head, true) ?? asItIs;
  yield* convert(name, all);
}

const asItIs: Convert = (_name, chunks) => chunks;

// Loaded where they are needed: each brings its parser.
async function* statements(...input: Parameters<Convert>): AsyncGenerator<Uint8Array> {
  const { statementLines } = await import('./camt.ts');
  yield* statementLines(...input);
}

const rowsBy = (delimiter: string): Convert =>
  async function* rows(name, chunks) {
    const { csvLines } = await import('./csv.ts');
    yield* csvLines(name, chunks, delimiter);
  };

/** @returns undefined while these are too few bytes to tell */
function formatOf(name: string, bytes: Buffer, isWhole: boolean): Convert | undefined {
  const head = bytes.subarray(0, MAX_HEADER_BYTES);
  const text = head.toString('latin1').replace(BYTE_ORDER_MARK, '').trimStart();
  const isAll = isWhole || head.length === MAX_HEADER_BYTES;
  if (text === '') return isAll ? asItIs : undefined;
  if (text.startsWith('{')) return asItIs;
  if (text.startsWith('[')) return arrayLines;
  if (text.startsWith('<')) return statements;
  if (JSON_NAME.test(name)) return asItIs;
  const [line = '', ...more] = head.toString().replace('\ufeff', '').trimStart().split('\n');
  if (more.length === 0 && !isAll) return undefined;
  const isCut = more.length === 0 && !isWhole;
  if (!CSV_NAME.test(name) && (isCut || !isHeader(line.trimEnd()))) return asItIs;
  return rowsBy(delimiterOf(line));
}
