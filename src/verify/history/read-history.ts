import type { Log } from '../facts.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import { EdnForms } from './edn-forms.ts';
import { type FormReader, HistoryTextError, refuseHistory } from './form.ts';
import { recordOf } from './history-record.ts';
import { JsonLines } from './json-lines.ts';
import type { History, HistoryRecord } from './operation.ts';
import { Pairing } from './pairing.ts';

/** A history is judged in memory; one of more records is refused. */
const MAX_RECORDS = 1_000_000;

/**
 * Reads a history from bytes, as EDN or JSON lines, whichever it is.
 * @throws FintechError VERIFY_SOURCE for what is neither, or is no history, with the line
 */
export async function readHistory(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  { maxRecords = MAX_RECORDS, signal }: { maxRecords?: number; signal?: AbortSignal } = {},
): Promise<History> {
  const records = new Records(name, maxRecords);
  for await (const text of decoded(name, chunks)) {
    signal?.throwIfAborted();
    records.push(text);
  }
  return records.end();
}

class Records {
  readonly #log: Log;
  readonly #maxRecords: number;
  readonly #pairing = new Pairing();
  #reader: FormReader | undefined;
  #head = '';
  #last: HistoryRecord | undefined;
  #count = 0;

  constructor(name: string, maxRecords: number) {
    this.#log = logOf(name);
    this.#maxRecords = maxRecords;
  }

  push(text: string): void {
    this.#within(() => {
      const reader = (this.#reader ??= readerFor((this.#head += text)));
      if (reader === undefined) return;
      const head = this.#head;
      this.#head = '';
      this.#take(reader.push(head === '' ? text : head));
    });
  }

  end(): History {
    this.#within(() => {
      const reader = this.#reader ?? new EdnForms();
      this.#take(reader.push(this.#head));
      this.#take(reader.end());
    });
    return {
      name: this.#log.name,
      records: this.#count,
      head: this.#last?.at,
      parse: (text) => this.#reader?.parse(text),
      operations: this.#pairing.operations(),
    };
  }

  #take(forms: ReturnType<FormReader['push']>): void {
    for (const form of forms) {
      const record = recordOf(form, this.#log, this.#count);
      if (record === undefined) continue;
      if (++this.#count > this.#maxRecords) {
        refuseHistory(
          this.#log.name,
          `line ${form.line}: there are more than ${this.#maxRecords} records`,
        );
      }
      this.#last = record;
      this.#pairing.take(record);
    }
  }

  #within(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof HistoryTextError) refuseHistory(this.#log.name, error.message);
      throw error;
    }
  }
}

/** By the first characters: only JSON has a colon behind a name. Undefined: too few to tell. */
function readerFor(head: string): FormReader | undefined {
  if (/^\s*\{\s*"[^"\\]*"\s*:/.test(head)) return new JsonLines();
  const edn = /^[\s,]*(?:[^\s,{]|\{\s*(?:[^\s"]|"[^"\\]*"\s*[^\s:]))/;
  return edn.test(head) ? new EdnForms() : undefined;
}

async function* decoded(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Without a byte order mark, and refusing what is not UTF-8.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      return refuseHistory(name, `in or behind line ${line}: the bytes are not UTF-8`);
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    line += text.split('\n').length - 1;
    yield text;
  }
  yield decode();
}

function logOf(name: string): Log {
  return {
    name,
    index: 0,
    profile: CLOUD_EVENTS.profile,
    amongOthers: false,
    inParts: false,
    parts: [],
  };
}
