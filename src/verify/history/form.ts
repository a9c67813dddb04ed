import { FintechError } from '../../kernel/errors.ts';
import type { JsonNode } from '../../kernel/json-text.ts';

/** One value of a history, as JSON: EDN's keywords and symbols are read as strings. */
export interface Form {
  node: JsonNode;
  /** Where it begins, from 1. */
  line: number;
  /** As it was written: `FormReader.parse` makes the same node of it. */
  text: string;
}

/** Cuts a text that arrives in chunks into forms. */
export interface FormReader {
  /** The forms that this chunk completes. @throws HistoryTextError */
  push(text: string): Iterable<Form>;
  /** What stands behind the last chunk. @throws HistoryTextError */
  end(): Iterable<Form>;
  parse(text: string): JsonNode | undefined;
}

/** The longest form that is read, in UTF-16 units. */
export const MAX_FORM_LENGTH = 16_777_216;

/** A text that is neither EDN nor JSON lines. */
export class HistoryTextError extends Error {
  constructor(message: string, { line, column }: { line: number; column: number }) {
    super(`line ${line}, column ${column}: ${message}`);
    this.name = 'HistoryTextError';
  }
}

/** @throws FintechError VERIFY_SOURCE */
export function refuseHistory(name: string, message: string): never {
  throw new FintechError('VERIFY_SOURCE', `${name}, ${message}`, {
    hint: 'A history is EDN as Jepsen writes it, or JSON lines: see docs/histories.md.',
    details: { source: name },
  });
}
