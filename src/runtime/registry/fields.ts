import { readGoDurationMs } from './go-duration.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { Refusal } from './refusal.ts';

/** Deeper than any body of a client; what nests further is not Go's zero value. */
const ZERO_DEPTH = 16;

/**
 * The members of one JSON object of a request body, read as Go reads them: names match without case
 * and underscores, `null` is as absent, an absent member has its zero value.
 * Every reader refuses a value of another type with 400.
 */
export class Fields {
  readonly #values = new Map<string, unknown>();
  readonly #path: string;

  private constructor(object: object, path: string) {
    this.#path = path;
    for (const [name, value] of Object.entries(object)) {
      if (value !== null) this.#values.set(plain(name), value);
    }
  }

  /** Parses a body. */
  static parse(body: Uint8Array): Fields {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch {
      throw decodeError('the body must be JSON');
    }
    if (!isObject(value)) throw decodeError('the body must be a JSON object');
    return new Fields(value, '');
  }

  /** Whether a member says more than Go's zero value, which clients send for what they do not use. */
  isMeaningful(name: string): boolean {
    return !isZero(this.#values.get(plain(name)));
  }

  text(name: string, maxBytes: number = REGISTRY_LIMITS.nameBytes): string {
    return this.#text(this.#values.get(plain(name)) ?? '', name, maxBytes);
  }

  texts(name: string, limits: { count: number; bytes: number }): string[] {
    const list = this.#list(name, limits.count);
    return list.map((item) => this.#text(item, name, limits.bytes));
  }

  integer(name: string, range: { min: number; max: number }, absent: number = 0): number {
    const value = this.#values.get(plain(name)) ?? absent;
    if (!Number.isInteger(value) || Number(value) < range.min || Number(value) > range.max) {
      throw this.#error(name, `must be an integer from ${range.min} to ${range.max}`);
    }
    return Number(value);
  }

  flag(name: string): boolean {
    const value = this.#values.get(plain(name)) ?? false;
    if (typeof value !== 'boolean') throw this.#error(name, 'must be true or false');
    return value;
  }

  /** Milliseconds. */
  duration(name: string): number {
    const value = this.#values.get(plain(name));
    const ms = value === undefined || value === '' ? 0 : readGoDurationMs(value);
    if (ms === undefined) {
      throw this.#error(name, 'must be a duration such as "10s", or nanoseconds');
    }
    return ms;
  }

  object(name: string): Fields | undefined {
    const value = this.#values.get(plain(name));
    return value === undefined ? undefined : this.#nested(value, name);
  }

  objects(name: string, maxCount: number): Fields[] {
    return this.#list(name, maxCount).map((item) => this.#nested(item, name));
  }

  /** The members of an object whose names are the client's own, unchanged. */
  entries(name: string): [string, unknown][] {
    const value = this.#values.get(plain(name)) ?? {};
    if (!isObject(value)) throw this.#error(name, 'must be an object');
    return Object.entries(value);
  }

  /** As `entries`, each an object. */
  objectEntries(name: string): [string, Fields][] {
    return this.entries(name).map(([key, value]) => [key, this.#nested(value, `${name}.${key}`)]);
  }

  #nested(value: unknown, name: string): Fields {
    if (!isObject(value)) throw this.#error(name, 'must be an object');
    return new Fields(value, `${this.#path}${name}.`);
  }

  #list(name: string, maxCount: number): unknown[] {
    const value = this.#values.get(plain(name)) ?? [];
    if (!Array.isArray(value)) throw this.#error(name, 'must be a list');
    if (value.length > maxCount) throw this.#error(name, `may hold at most ${maxCount} items`);
    return value;
  }

  #text(value: unknown, name: string, maxBytes: number): string {
    if (typeof value !== 'string') throw this.#error(name, 'must be a string');
    if (Buffer.byteLength(value) > maxBytes) {
      throw this.#error(name, `may have at most ${maxBytes} bytes`);
    }
    return value;
  }

  #error(name: string, rule: string): Refusal {
    return decodeError(`${this.#path}${name} ${rule}`);
  }
}

function decodeError(detail: string): Refusal {
  return new Refusal(400, `Request decode error: ${detail}`);
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isZero(value: unknown, depth: number = 0): boolean {
  if (typeof value === 'object' && value !== null) {
    return depth < ZERO_DEPTH && Object.values(value).every((member) => isZero(member, depth + 1));
  }
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}
