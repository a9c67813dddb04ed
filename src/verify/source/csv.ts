import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import { repeated } from './csv-header.ts';
import { MAX_LINE_BYTES } from './source.ts';
import { textOf } from './text.ts';

/** Rows that become one chunk. */
const ROWS_PER_CHUNK = 500;

/**
 * A CSV with a header as NDJSON: each row an object of its columns. A cell is a string, so that its
 * digits survive; an empty one is null. Quoting as in RFC 4180.
 * @throws FintechError VERIFY_SOURCE at the line where it is broken
 */
export async function* csvLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<Uint8Array> {
  const rows = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
  });
  const source = Readable.from(textOf(name, chunks), { objectMode: false });
  source.on('error', (error) => rows.destroy(error));
  source.pipe(rows);
  try {
    yield* linesOf(name, rows as AsyncIterable<string[]>);
  } catch (error) {
    throw error instanceof CsvError ? broken(name, error) : error;
  } finally {
    source.destroy();
    rows.destroy();
  }
}

async function* linesOf(name: string, rows: AsyncIterable<string[]>): AsyncGenerator<Buffer> {
  let write: ((cells: readonly string[]) => string) | undefined;
  let lines: string[] = [];
  for await (const row of rows) {
    if (write === undefined) {
      write = rowWriter(name, row);
      continue;
    }
    lines.push(write(row));
    if (lines.length < ROWS_PER_CHUNK) continue;
    yield Buffer.from(lines.join(''));
    lines = [];
  }
  yield Buffer.from(lines.join(''));
}

function rowWriter(name: string, header: readonly string[]): (cells: readonly string[]) => string {
  const columns = header.map((column) => column.trim());
  const unnamed = columns.indexOf('');
  if (unnamed !== -1) throw badHeader(name, `column ${unnamed + 1} has no name`);
  const twice = repeated(columns);
  if (twice !== undefined) throw badHeader(name, `two columns are called "${twice}"`);
  const starts = columns.map(
    (column, index) => `${index === 0 ? '{' : ','}${JSON.stringify(column)}:`,
  );
  return (cells) => {
    let line = '';
    for (const [index, start] of starts.entries()) {
      const cell = cells[index] ?? '';
      line += start + (cell === '' ? 'null' : JSON.stringify(cell));
    }
    return `${line}}\n`;
  };
}

function badHeader(name: string, what: string): FintechError {
  return new FintechError('VERIFY_SOURCE', `${name}, line 1: ${what}`, {
    hint: 'The first line of a CSV names its columns, each by a name of its own.',
    details: { file: name, line: 1 },
  });
}

type PlacedError = CsvError & { lines?: number; record?: readonly string[] };

function broken(name: string, error: PlacedError): FintechError {
  const { lines: line } = error;
  return new FintechError('VERIFY_SOURCE', `${name}, line ${line}: ${sentenceOf(error)}`, {
    hint: 'A cell that holds a delimiter, a quote or a line feed stands in quotes, its own ones doubled.',
    details: { file: name, line },
    cause: error,
  });
}

function sentenceOf(error: PlacedError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `${error.record?.length} cells, which is not the number of columns`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote was opened before and is never closed';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote inside a cell that does not begin with one';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'text behind the closing quote of a cell';
    case 'CSV_MAX_RECORD_SIZE':
      return `a row longer than ${MAX_LINE_BYTES} bytes`;
    default:
      return messageOf(error);
  }
}
