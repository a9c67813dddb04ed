import { type JsonNode, JsonTextError, parseJsonText } from '../../kernel/json-text.ts';
import { type Form, type FormReader, HistoryTextError, MAX_FORM_LENGTH } from './form.ts';

/** One JSON text a line; blank lines are passed over. */
export class JsonLines implements FormReader {
  readonly #maxLength: number;
  #rest = '';
  #line = 1;

  constructor(maxLength: number = MAX_FORM_LENGTH) {
    this.#maxLength = maxLength;
  }

  *push(text: string): Generator<Form> {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) yield* this.#take(line);
    this.#refuseLong(this.#rest);
  }

  end(): Iterable<Form> {
    return this.#take(this.#rest);
  }

  parse(text: string): JsonNode {
    return parseJsonText(text);
  }

  *#take(text: string): Generator<Form> {
    this.#refuseLong(text);
    const line = this.#line++;
    if (text.trim() !== '') yield { node: parseLine(text, line), line, text };
  }

  #refuseLong({ length }: string): void {
    if (length <= this.#maxLength) return;
    const message = `the line has more than ${this.#maxLength} characters`;
    throw new HistoryTextError(message, { line: this.#line, column: 1 });
  }
}

function parseLine(text: string, line: number) {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const message = error.message.replace(/ at offset \d+$/, '');
    throw new HistoryTextError(message, { line, column: error.offset + 1 });
  }
}
