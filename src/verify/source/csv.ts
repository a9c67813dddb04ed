import { finished } from 'node:stream/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import { repeated } from './csv-header.ts';
import { MAX_LINE_BYTES } from './source.ts';
import { textOf } from './text.ts';

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
  const rows = new Rows(name);
  // Rows are taken as they are read: through the stream, each would wait for its turn.
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    on_record: (cells: string[]) => rows.take(cells),
  });
  // A failed write and the end are told of it too.
  parser.on('error', () => {});
  try {
    for await (const text of textOf(name, chunks)) {
      await written(parser, text);
      yield rows.lines();
    }
    await finished(parser.end().resume());
    yield rows.lines();
  } catch (error) {
    throw error instanceof CsvError ? broken(name, error) : error;
  } finally {
    parser.destroy();
  }
}

function written(parser: Parser, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

class Rows {
  readonly #name: string;
  #write: ((cells: readonly string[]) => string) | undefined;
  #lines: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Nothing goes through the stream. */
  take(cells: readonly string[]): undefined {
    if (this.#write === undefined) this.#write = rowWriter(this.#name, cells);
    else this.#lines.push(this.#write(cells));
  }

  /** The lines since it was last asked. */
  lines(): Buffer {
    const lines = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    return lines;
  }
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
      line += start + (cell === '' ? 'null' : quoted(cell));
    }
    return `${line}}\n`;
  };
}

/** All but quotes, backslashes and control characters. */
const PLAIN = /^[ !#-[\]-\u{10ffff}]*$/u;

/** As JSON; most cells need no escape. */
function quoted(cell: string): string {
  return PLAIN.test(cell) ? `"${cell}"` : JSON.stringify(cell);
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
