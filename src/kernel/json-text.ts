/**
 * JSON kept as text: member order and the digits of numbers survive, duplicate members do not.
 * As strict as `JSON.parse` (RFC 8259); used wherever an event must come back as it was sent.
 */
export type JsonNode =
  | { kind: 'object'; members: JsonMember[] }
  | { kind: 'array'; items: JsonNode[] }
  | { kind: 'string'; text: string; value: string }
  | { kind: 'number'; text: string }
  | { kind: 'literal'; text: 'true' | 'false' | 'null' };

export interface JsonMember {
  name: string;
  /** The name as written, quotes and escapes included. */
  nameText: string;
  value: JsonNode;
}

export class JsonTextError extends Error {
  readonly reason: 'syntax' | 'duplicate-member' | 'too-deep';
  /** UTF-16 offset into the text. */
  readonly offset: number;

  constructor(reason: JsonTextError['reason'], message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.name = 'JsonTextError';
    this.reason = reason;
    this.offset = offset;
  }
}

const MAX_DEPTH = 128;
// Unrolled, so that a long string costs no backtracking stack. Control characters end a string.
// oxlint-disable-next-line no-control-regex -- RFC 8259 §7 forbids exactly these
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Reads one JSON text.
 * @throws JsonTextError on bad syntax, a member named twice, or more than 128 levels
 */
export function parseJsonText(text: string): JsonNode {
  const scanner = new Scanner(text);
  const node = scanner.value(0);
  scanner.end();
  return node;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) {
      throw new JsonTextError('too-deep', `nested more than ${MAX_DEPTH} levels`, this.#at);
    }
    this.#match(SPACE);
    switch (this.#text[this.#at]) {
      case '{':
        return { kind: 'object', members: this.#members(depth) };
      case '[':
        return { kind: 'array', items: this.#items(depth) };
      case '"':
        return this.#string();
      case 't':
      case 'f':
      case 'n':
        return { kind: 'literal', text: this.#token(LITERAL) as 'true' | 'false' | 'null' };
      default:
        return { kind: 'number', text: this.#token(NUMBER) };
    }
  }

  end(): void {
    this.#match(SPACE);
    if (this.#at < this.#text.length) this.#fail();
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const names = new Set<string>();
    this.#at++;
    if (this.#skipTo('}')) return members;
    do {
      this.#match(SPACE);
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail();
      const { text: nameText, value: name } = this.#string();
      if (names.has(name)) {
        throw new JsonTextError('duplicate-member', `member ${nameText} appears twice`, start);
      }
      names.add(name);
      if (!this.#skipTo(':')) this.#fail();
      members.push({ name, nameText, value: this.value(depth + 1) });
    } while (this.#skipTo(','));
    if (!this.#skipTo('}')) this.#fail();
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#skipTo(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#skipTo(','));
    if (!this.#skipTo(']')) this.#fail();
    return items;
  }

  #string(): { kind: 'string'; text: string; value: string } {
    const text = this.#token(STRING);
    const value = text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
    return { kind: 'string', text, value };
  }

  /** Skips white space, then this one character if it comes next. */
  #skipTo(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #token(pattern: RegExp): string {
    const token = this.#match(pattern);
    if (token === '') this.#fail();
    return token;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #fail(): never {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'unexpected end' : `unexpected ${JSON.stringify(found)}`;
    throw new JsonTextError('syntax', what, this.#at);
  }
}

/** The text without insignificant white space; everything else as it was written. */
export function writeJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${node.members.map(({ nameText, value }) => `${nameText}:${writeJson(value)}`).join(',')}}`;
    case 'array':
      return `[${node.items.map(writeJson).join(',')}]`;
    default:
      return node.text;
  }
}

/**
 * The same text for equal JSON values: members sorted by name (UTF-16), strings without needless
 * escapes, numbers by their digits as written.
 */
export function canonicalJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${node.members
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, value }) => `${JSON.stringify(name)}:${canonicalJson(value)}`)
        .join(',')}}`;
    case 'array':
      return `[${node.items.map(canonicalJson).join(',')}]`;
    case 'string':
      return JSON.stringify(node.value);
    default:
      return node.text;
  }
}

/** The member of an object node, or undefined. */
export function memberOf(node: JsonNode, name: string): JsonNode | undefined {
  return node.kind === 'object'
    ? node.members.find((member) => member.name === name)?.value
    : undefined;
}

/** The string a node holds, or undefined when it is none. */
export function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined;
}
