import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { FintechError } from '../kernel/errors.ts';

const STEP = '  ';

/** What comes into a collection: a value below new keys, or an item of a list below them. */
interface Addition {
  keys: readonly string[];
  /** In flow style. */
  value: string;
  isItem: boolean;
}

type Collection = YAMLMap | YAMLSeq;

/** A YAML text that entries are put into; whatever else is in it stays as it is, byte for byte. */
export class YamlInsert {
  #text: string;
  #document: Document;
  readonly #newline: string;

  constructor(text: string) {
    this.#text = text;
    this.#document = parseDocument(text);
    this.#newline = text.includes('\r\n') ? '\r\n' : '\n';
  }

  has(path: readonly string[]): boolean {
    return this.#document.hasIn(path);
  }

  /** The plain value at a place, or undefined. */
  get(path: readonly string[]): unknown {
    const node = this.#document.getIn(path, true);
    return isScalar(node) || isCollection(node) ? node.toJS(this.#document) : undefined;
  }

  /**
   * Gives a map an entry that it does not have; maps above that are missing are made.
   * @throws FintechError SCAFFOLD_CONFLICT where something else is in the way
   */
  put(path: readonly string[], value: unknown): void {
    this.#insert(path, { value: flowText(value), isItem: false });
  }

  /** Puts an item at the end of a list, which is made where it is missing. */
  append(path: readonly string[], item: unknown): void {
    this.#insert(path, { value: flowText(item), isItem: true });
  }

  toString(): string {
    return this.#text;
  }

  /** Goes down as far as there is something, and makes the rest there. */
  #insert(path: readonly string[], what: Pick<Addition, 'value' | 'isItem'>): void {
    let node: unknown = this.#document.contents;
    let depth = 0;
    for (const key of path) {
      const next: unknown = isMap(node) ? node.get(key, true) : undefined;
      if (next === undefined) break;
      node = next;
      depth += 1;
    }
    const addition = { keys: path.slice(depth), ...what };
    const isFilled = isCollection(node) && node.items.length > 0;
    const isFitting = addition.keys.length === 0 ? isSeq(node) : isMap(node);
    if (isFilled && isFitting) this.#extend(node as Collection, addition);
    else this.#fill(path.slice(0, depth), node, addition);
    this.#document = parseDocument(this.#text);
    if (this.#document.errors.length > 0) throw noPlace(path);
  }

  /** After the last entry of a collection, in its style. */
  #extend(collection: Collection, addition: Addition): void {
    const end = this.#contentEnd(collection);
    if (collection.flow === true) {
      this.#splice(end, end, `, ${flowEntry(addition)}`);
      return;
    }
    const at = this.#lineEnd(end);
    this.#splice(at, at, this.#lines(addition, this.#column(collection)));
  }

  /** What is empty, `{}`, `[]` or nothing at all, gets lines of its own below its key. */
  #fill(path: readonly string[], node: unknown, addition: Addition): void {
    const parent: unknown = this.#document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
    if (!isEmpty(node) || !isMap(parent) || pair === undefined) throw noPlace(path);
    const [from = 0, to = 0] = node.range ?? [];
    if (parent.flow === true) {
      const isList = addition.keys.length === 0;
      const entry = flowEntry(addition);
      this.#splice(from, to, isList ? `[ ${entry} ]` : `{ ${entry} }`);
      return;
    }
    const lines = this.#lines(addition, this.#column(pair.key as Node) + STEP.length);
    const end = this.#lineEnd(to);
    this.#splice(end, end, lines);
    if (from === to) return;
    const before = this.#text.slice(0, from).trimEnd();
    this.#splice(before.length, to, '');
  }

  #lines({ keys, value, isItem }: Addition, column: number): string {
    const indent = ' '.repeat(column);
    const lines = keys.map((key, depth) => `${indent}${STEP.repeat(depth)}${flowText(key)}:`);
    if (isItem) lines.push(`${indent}${STEP.repeat(keys.length)}- ${value}`);
    else lines.push(`${lines.pop()} ${value}`);
    return lines.map((line) => `${this.#newline}${line}`).join('');
  }

  #splice(from: number, to: number, text: string): void {
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to);
  }

  /** Where the last thing in a collection ends; a block collection's range takes in what follows. */
  #contentEnd(collection: Collection): number {
    const last = collection.items.at(-1);
    const node = isPair(last) ? (last.value ?? last.key) : last;
    if (isCollection(node) && node.flow !== true) return this.#contentEnd(node);
    const [, end = 0] = (node as Node).range ?? [];
    return this.#text.slice(0, end).trimEnd().length;
  }

  #column({ range }: Node): number {
    const [start = 0] = range ?? [];
    return start - (this.#text.lastIndexOf('\n', start - 1) + 1);
  }

  #lineEnd(offset: number): number {
    const end = this.#text.indexOf('\n', offset);
    if (end === -1) return this.#text.length;
    return this.#text[end - 1] === '\r' ? end - 1 : end;
  }
}

function isEmpty(node: unknown): node is Node {
  if (isCollection(node)) return node.items.length === 0;
  return isScalar(node) && node.value === null;
}

function flowEntry({ keys, value, isItem }: Addition): string {
  const innermost = isItem && keys.length > 0 ? `[ ${value} ]` : value;
  return keys.reduceRight((inner, key, depth) => {
    const entry = `${flowText(key)}: ${inner}`;
    return depth === 0 ? entry : `{ ${entry} }`;
  }, innermost);
}

/** One line, whatever its length. */
function flowText(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function noPlace(path: readonly string[]): FintechError {
  return new FintechError(
    'SCAFFOLD_CONFLICT',
    `fintech.yaml has no place for more at ${path.join('.') || 'its top'}, and nothing was written`,
    {
      hint: 'Write a plain map or list there, without an alias.',
      details: { paths: ['fintech.yaml'] },
    },
  );
}
