import { type JsonMember, type JsonNode, writeJson } from '../../kernel/json-text.ts';
import { HistoryTextError } from './form.ts';

const MAX_DEPTH = 128;
const TOKEN = /[^\s,;"{}[\]()]*/y;
/** Commas are blank; a comment goes up to the end of its line. */
const BLANK = /(?:[\s,]+|;[^\n]*(?:\n|$))*/y;
const NUMBER = /^[+-]?(0|[1-9]\d*)(N|(\.\d*)?([eE][+-]?\d+)?M?)$/;
const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  b: '\b',
  f: '\f',
  '\\': '\\',
  '"': '"',
};
const CLOSERS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')', '#{': '}' };
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
};

/**
 * Reads the forms of an EDN text as JSON: a keyword or symbol is its name, a set a list, a tag is
 * passed over, and the keys of a map are their text. `1N` is 1, `1.50M` is 1.50.
 * @throws HistoryTextError
 */
export function parseEdn(text: string, start: { line: number; column: number }): JsonNode[] {
  const parser = new EdnParser(text, start);
  return parser.all();
}

class EdnParser {
  readonly #text: string;
  readonly #start: { line: number; column: number };
  #at = 0;

  constructor(text: string, start: { line: number; column: number }) {
    this.#text = text;
    this.#start = start;
  }

  all(): JsonNode[] {
    const nodes: JsonNode[] = [];
    while (this.#skipBlank()) nodes.push(...this.#form(0));
    return nodes;
  }

  /** The form that comes next: none where it is a discarded one. */
  #form(depth: number): JsonNode[] {
    if (depth > MAX_DEPTH) this.#fail(`nested more than ${MAX_DEPTH} levels`);
    if (this.#take('#{')) return [{ kind: 'array', items: inOrder(this.#items('#{', depth)) }];
    if (this.#take('#_')) {
      this.#one(depth + 1);
      return [];
    }
    if (this.#text.startsWith('##', this.#at)) return [stringNode(this.#token())];
    // A tag says what the next form means to its writer; the form is what we read.
    if (this.#text[this.#at] === '#') {
      this.#token();
      return [this.#one(depth + 1)];
    }
    return [this.#value(depth)];
  }

  #one(depth: number): JsonNode {
    for (;;) {
      if (!this.#skipBlank()) this.#fail('unexpected end');
      const [node] = this.#form(depth);
      if (node !== undefined) return node;
    }
  }

  #value(depth: number): JsonNode {
    const character = this.#text[this.#at] ?? '';
    switch (character) {
      case '{':
        this.#at++;
        return { kind: 'object', members: this.#members(depth) };
      case '[':
      case '(':
        this.#at++;
        return { kind: 'array', items: this.#items(character, depth) };
      case '"':
        return stringNode(this.#string());
      case '\\':
        return stringNode(this.#character());
      default:
        return this.#atom();
    }
  }

  #items(opener: string, depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    const closer = CLOSERS[opener] ?? '';
    for (;;) {
      if (!this.#skipBlank()) this.#fail('unexpected end');
      if (this.#take(closer)) return items;
      items.push(...this.#form(depth + 1));
    }
  }

  #members(depth: number): JsonMember[] {
    const start = this.#at - 1;
    const items = this.#items('{', depth);
    const members = new Map<string, JsonMember>();
    for (let index = 0; index < items.length; index += 2) {
      const [key, value] = items.slice(index, index + 2);
      if (key === undefined || value === undefined) this.#failAt(start, 'a key without a value');
      const name = nameOf(key);
      if (members.has(name)) this.#failAt(start, `key ${JSON.stringify(name)} appears twice`);
      members.set(name, { name, nameText: JSON.stringify(name), value });
    }
    return [...members.values()];
  }

  #string(): string {
    let value = '';
    for (this.#at++; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('unexpected end');
      if (character === '"') break;
      value += character === '\\' ? this.#escape() : character;
    }
    this.#at++;
    return value;
  }

  /** Leaves off at the last character of the escape. */
  #escape(): string {
    const letter = this.#text[++this.#at] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) return simple;
    const hex = /^u([0-9a-fA-F]{4})/.exec(this.#text.slice(this.#at, this.#at + 5))?.[1];
    if (hex === undefined) this.#fail('bad escape in the string');
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #character(): string {
    const first = this.#text.slice(this.#at + 1, this.#at + 2);
    this.#at += 2;
    const name = first + this.#token();
    const hex = /^u([0-9a-fA-F]{4})$/.exec(name)?.[1];
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return CHARACTERS[name] ?? name;
  }

  #atom(): JsonNode {
    const start = this.#at;
    const token = this.#token();
    if (token === '') this.#failAt(start, `unexpected ${JSON.stringify(this.#text[start] ?? '')}`);
    if (token === ':') this.#failAt(start, 'a ":" with no name behind it, as EDN has one');
    if (token === 'nil') return { kind: 'literal', text: 'null' };
    if (token === 'true' || token === 'false') return { kind: 'literal', text: token };
    if (NUMBER.test(token)) return { kind: 'number', text: jsonNumber(token) };
    if (/^[+-]?\d/.test(token) && !/^[+-]?\d+\/\d+$/.test(token)) {
      this.#failAt(start, `${token} is no number`);
    }
    return stringNode(token.startsWith(':') ? token.slice(1) : token);
  }

  /** Up to what ends a number, symbol or keyword. */
  #token(): string {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[0] ?? '';
    this.#at += token.length;
    return token;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** @returns whether anything comes behind blanks, commas and comments */
  #skipBlank(): boolean {
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
    return this.#at < this.#text.length;
  }

  #fail(message: string): never {
    this.#failAt(this.#at, message);
  }

  #failAt(offset: number, message: string): never {
    const before = this.#text.slice(0, offset).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    throw new HistoryTextError(message, {
      line: this.#start.line + before.length - 1,
      column: before.length === 1 ? this.#start.column + column - 1 : column,
    });
  }
}

function stringNode(value: string): JsonNode {
  return { kind: 'string', text: JSON.stringify(value), value };
}

/** A set has no order of its own: equal sets become equal lists. */
function inOrder(items: readonly JsonNode[]): JsonNode[] {
  return items.toSorted((a, b) => (writeJson(a) < writeJson(b) ? -1 : 1));
}

/** The key of a map, as a JSON object names it. */
function nameOf(key: JsonNode): string {
  if (key.kind === 'string') return key.value;
  return key.kind === 'number' || key.kind === 'literal' ? key.text : JSON.stringify(namesIn(key));
}

function namesIn(node: JsonNode): unknown {
  if (node.kind === 'array') return node.items.map(namesIn);
  return node.kind === 'object'
    ? node.members.map(({ name, value }) => [name, namesIn(value)])
    : nameOf(node);
}

/** EDN allows a sign before, an N or M behind, and a point with nothing behind it. */
function jsonNumber(token: string): string {
  return token
    .replace(/^\+/, '')
    .replace(/[NM]$/, '')
    .replace(/\.(?!\d)/, '');
}
