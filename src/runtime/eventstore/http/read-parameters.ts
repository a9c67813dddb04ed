import type { FastifyRequest } from 'fastify';
import { checkStreamName } from './events.ts';
import { Refusal } from './refusal.ts';

/** The query of a read: each parameter known, and given once. */
export class ReadParameters {
  readonly #query: URLSearchParams;

  constructor(request: FastifyRequest, known: readonly string[]) {
    this.#query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    for (const name of this.#query.keys()) {
      if (!known.includes(name)) {
        throw bad(`"${name}" is not known here; known: ${known.join(', ')}.`);
      }
      if (this.#query.getAll(name).length > 1) throw bad(`"${name}" is given more than once.`);
    }
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const text = this.#query.get(name);
    if (text === null) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw bad(`"${name}" must be a whole number from ${least}.`);
  }

  choice<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const text = this.#query.get(name);
    if (text === null) return words[0];
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw bad(`"${name}" must be one of: ${words.join(', ')}.`);
    return word;
  }

  /** `type` and `stream`, for reads of the log. */
  filter(): { type?: string; stream?: string } {
    const type = this.#query.get('type');
    const stream = this.#query.get('stream');
    if (type === '') throw bad('"type" must not be empty.');
    return {
      ...(type !== null && { type }),
      ...(stream !== null && { stream: checkStreamName(stream) }),
    };
  }

  /** This query with some parameters set, for a link. */
  with(changes: Record<string, number>): string {
    const query = new URLSearchParams(this.#query);
    for (const [name, value] of Object.entries(changes)) query.set(name, String(value));
    return query.toString();
  }
}

function bad(detail: string): Refusal {
  return new Refusal('bad-parameter', detail);
}
