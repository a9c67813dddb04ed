import type { JsonNode } from '../../kernel/json-text.ts';
import { parseEdn } from './edn-text.ts';
import { type Form, type FormReader, HistoryTextError, MAX_FORM_LENGTH } from './form.ts';

const BLANK = /[\s,]/;

/**
 * Cuts EDN into its top-level collections, one operation each. A history that is one vector or list
 * is looked into, so that it need not be held whole.
 */
export class EdnForms implements FormReader {
  readonly #maxLength: number;
  #line = 1;
  #column = 1;
  #depth = 0;
  /** Where operations stand: 0, or 1 inside a vector that holds all of them; -1 behind it. */
  #base = 0;
  #inside: 'form' | 'string' | 'comment' = 'form';
  /** The next character stands for itself: behind a backslash. */
  #escaped = false;
  #form: { text: string; line: number; column: number } | undefined;
  #started = false;

  constructor(maxLength: number = MAX_FORM_LENGTH) {
    this.#maxLength = maxLength;
  }

  *push(text: string): Generator<Form> {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      const begins = this.#form === undefined && this.#begins(character);
      if (begins) {
        from = at;
        this.#form = { text: '', line: this.#line, column: this.#column };
      }
      const ends = this.#step(character);
      this.#count(character);
      if (!ends || this.#form === undefined) continue;
      yield* this.#finish(text.slice(from, at + 1));
      from = at + 1;
    }
    if (this.#form === undefined) return;
    this.#form.text += text.slice(from);
    this.#refuseLong(this.#form.text);
  }

  *end(): Generator<Form> {
    if (this.#depth > 0 || this.#inside === 'string')
      this.#refuse('the text ends inside of a form');
    // What is left may be a discarded form or a comment.
    if (this.#form !== undefined) yield* this.#finish('');
  }

  parse(text: string): JsonNode | undefined {
    return parseEdn(text, { line: 1, column: 1 })[0];
  }

  /** Whether a form begins here, rather than blank, a comment, or the vector around all of them. */
  #begins(character: string): boolean {
    if (this.#inside === 'comment' || BLANK.test(character) || character === ';') return false;
    const first = !this.#started;
    this.#started = true;
    if (first && (character === '[' || character === '(')) {
      this.#base = 1;
      return false;
    }
    if (this.#base === 1 && this.#depth === 1 && (character === ']' || character === ')')) {
      this.#base = -1;
      return false;
    }
    if (this.#base === -1) this.#refuse('something stands behind the vector of operations');
    return true;
  }

  /** @returns whether this character closes a form */
  #step(character: string): boolean {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inside === 'comment') this.#inside = character === '\n' ? 'form' : 'comment';
    else if (character === '\\') this.#escaped = true;
    else if (this.#inside === 'string') this.#inside = character === '"' ? 'form' : 'string';
    else return this.#stepOutside(character);
    return false;
  }

  #stepOutside(character: string): boolean {
    switch (character) {
      case '"':
        this.#inside = 'string';
        return false;
      case ';':
        this.#inside = 'comment';
        return false;
      case '{':
      case '[':
      case '(':
        this.#depth++;
        return false;
      case '}':
      case ']':
      case ')':
        if (this.#depth === 0) this.#refuse(`unexpected "${character}"`);
        this.#depth--;
        return this.#depth === this.#base;
      default:
        return false;
    }
  }

  *#finish(tail: string): Generator<Form> {
    const form = this.#form;
    this.#form = undefined;
    if (form === undefined) return;
    const text = form.text + tail;
    this.#refuseLong(text);
    for (const node of parseEdn(text, form)) yield { node, line: form.line, text };
  }

  #count(character: string): void {
    if (character === '\n') {
      this.#line++;
      this.#column = 1;
    } else this.#column++;
  }

  #refuseLong({ length }: string): void {
    if (length > this.#maxLength)
      this.#refuse(`a form has more than ${this.#maxLength} characters`);
  }

  #refuse(message: string): never {
    const { line, column } = this.#form ?? { line: this.#line, column: this.#column };
    throw new HistoryTextError(message, { line, column });
  }
}
