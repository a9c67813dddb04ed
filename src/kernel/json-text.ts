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
/** Up to this many members, comparing names one by one beats a set. */
const FEW_MEMBERS = 8;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const CODE = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

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

/** Walks character codes: on small events this is several times as fast as regular expressions. */
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
    switch (this.#next()) {
      case CODE.quote:
        return this.#string();
      case CODE.openBrace:
        return { kind: 'object', members: this.#members(depth) };
      case CODE.openBracket:
        return { kind: 'array', items: this.#items(depth) };
      case CODE.t:
        return this.#literal('true');
      case CODE.f:
        return this.#literal('false');
      case CODE.n:
        return this.#literal('null');
      default:
        return this.#number();
    }
  }

  end(): void {
    if (!Number.isNaN(this.#next())) this.#fail();
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    let names: Set<string> | undefined;
    this.#at++;
    if (this.#skip(CODE.closeBrace)) return members;
    do {
      if (this.#next() !== CODE.quote) this.#fail();
      const start = this.#at;
      const { text: nameText, value: name } = this.#string();
      if (members.length === FEW_MEMBERS) names = new Set(members.map((member) => member.name));
      if (names === undefined ? isAmong(members, name) : names.has(name)) {
        throw new JsonTextError('duplicate-member', `member ${nameText} appears twice`, start);
      }
      names?.add(name);
      if (!this.#skip(CODE.colon)) this.#fail();
      members.push({ name, nameText, value: this.value(depth + 1) });
    } while (this.#skip(CODE.comma));
    if (!this.#skip(CODE.closeBrace)) this.#fail();
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#skip(CODE.closeBracket)) return items;
    do items.push(this.value(depth + 1));
    while (this.#skip(CODE.comma));
    if (!this.#skip(CODE.closeBracket)) this.#fail();
    return items;
  }

  #string(): Extract<JsonNode, { kind: 'string' }> {
    const start = this.#at++;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === CODE.quote) break;
      // Control characters must be escaped (RFC 8259 §7); past the end the code is NaN.
      if (!(code >= CODE.space)) this.#fail();
      if (code === CODE.backslash) {
        escaped = true;
        this.#at++;
      }
      this.#at++;
    }
    const text = this.#text.slice(start, ++this.#at);
    const value = escaped ? unescaped(text, start) : text.slice(1, -1);
    return { kind: 'string', text, value };
  }

  #literal(text: 'true' | 'false' | 'null'): JsonNode {
    if (!this.#text.startsWith(text, this.#at)) this.#fail();
    this.#at += text.length;
    return { kind: 'literal', text };
  }

  #number(): JsonNode {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) this.#fail();
    this.#at += text.length;
    return { kind: 'number', text };
  }

  /** Skips white space, then this one character if it comes next. */
  #skip(code: number): boolean {
    if (this.#next() !== code) return false;
    this.#at++;
    return true;
  }

  /** Skips white space. The character code that comes next, NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (
        code !== CODE.space &&
        code !== CODE.lineFeed &&
        code !== CODE.carriageReturn &&
        code !== CODE.tab
      ) {
        return code;
      }
      this.#at++;
    }
  }

  #fail(): never {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'unexpected end' : `unexpected ${JSON.stringify(found)}`;
    throw new JsonTextError('syntax', what, Math.min(this.#at, this.#text.length));
  }
}

function isAmong(members: readonly JsonMember[], name: string): boolean {
  for (const member of members) if (member.name === name) return true;
  return false;
}

function unescaped(text: string, offset: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new JsonTextError('syntax', 'bad escape in the string', offset);
  }
}

/** The text without insignificant white space; everything else as it was written. */
export function writeJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object': {
      let members = '';
      for (const { nameText, value } of node.members) {
        members += `${members === '' ? '' : ','}${nameText}:${writeJson(value)}`;
      }
      return `{${members}}`;
    }
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
