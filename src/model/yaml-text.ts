import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../kernel/errors.ts';
import { printable } from '../kernel/printable.ts';

/** How deep collections may stand in each other. */
export const MAX_YAML_DEPTH = 100;
/** Each alias is a search through the file. */
export const MAX_YAML_ALIASES = 100;

/** One thing wrong in a file; line and column count from 1. */
export interface YamlFault {
  line: number;
  column: number;
  message: string;
}

/** Where a message belongs: a JSON Pointer, or the member `key` of the value it leads to. */
export interface YamlPlace {
  path: string;
  key?: string | undefined;
}

export interface YamlText {
  /** Plain values without cycles; every key is text, as it is written. */
  value: unknown;
  /** What is wrong with the text itself, in its order; the value is good only without any. */
  faults: YamlFault[];
  /** A fault at a place, or at the nearest parent that stands in the file. */
  faultAt: (place: YamlPlace, message: string) => YamlFault;
}

/** Reads one YAML 1.2 document that is to be plain data. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    // Ours below, which does not compare each key with each.
    uniqueKeys: false,
  });
  const at = (offset: number, message: string): YamlFault => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), message: printable(message) };
  };
  const faults = syntaxFaults(document, at);
  if (faults.length === 0) faults.push(...structureFaults(document, at));
  const reading = faults.length === 0 ? valueOf(document) : { value: undefined };
  if ('fault' in reading) faults.push(at(0, reading.fault));
  return {
    value: 'value' in reading ? reading.value : undefined,
    faults,
    faultAt: (place, message) => at(offsetOf(document, place), message),
  };
}

type At = (offset: number, message: string) => YamlFault;

const PLAINER: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document starts here; a file holds one',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: `nested deeper than ${MAX_YAML_DEPTH} levels`,
};

/** An unknown tag is only a warning to the parser; here it would change what a value means. */
function syntaxFaults({ errors, warnings }: Document, at: At): YamlFault[] {
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const found = exhausted === undefined ? [...errors, ...warnings] : [exhausted];
  return found.map(({ code, pos, message }) => at(pos[0], PLAINER[code] ?? message));
}

/** Keys that stand twice, aliases that lead to nothing or to themselves, and excesses. */
function structureFaults(document: Document, at: At): YamlFault[] {
  const faults: YamlFault[] = [];
  const report = (node: unknown, message: string) =>
    faults.push(at(startOf(node as Node) ?? 0, message));
  let aliases = 0;
  visit(document, {
    Collection(_, node, path) {
      if (path.filter(isCollection).length < MAX_YAML_DEPTH) {
        if (isMap(node))
          for (const key of repeatedKeys(node)) report(key, 'Map keys must be unique');
        return undefined;
      }
      report(node, `nested deeper than ${MAX_YAML_DEPTH} levels`);
      return visit.BREAK;
    },
    Alias(_, node, path) {
      if (++aliases > MAX_YAML_ALIASES) {
        report(node, `more than ${MAX_YAML_ALIASES} aliases`);
        return visit.BREAK;
      }
      const fault = aliasFault(node, node.resolve(document), path);
      if (fault !== undefined) report(node, fault);
      return undefined;
    },
  });
  return faults;
}

function repeatedKeys(map: YAMLMap): unknown[] {
  const seen = new Set<string>();
  return map.items
    .filter((pair) => {
      const repeated = seen.has(keyOf(pair));
      seen.add(keyOf(pair));
      return repeated;
    })
    .map(({ key }) => key);
}

function aliasFault(
  { source }: Alias,
  target: Node | undefined,
  path: readonly unknown[],
): string | undefined {
  if (target === undefined) return `nothing before this is named &${source}`;
  return path.includes(target) ? `*${source} contains itself` : undefined;
}

/** Aliases of aliases can still grow beyond all bounds; the parser stops that. */
function valueOf(document: Document): { value: unknown } | { fault: string } {
  try {
    // The parser counts the value itself in.
    return { value: document.toJS({ maxAliasCount: MAX_YAML_ALIASES + 1 }) as unknown };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

function offsetOf(document: Document, { path, key }: YamlPlace): number {
  const keys = path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let node = resolved(document, document.contents);
  let offset = startOf(node) ?? 0;
  for (const part of keys) {
    node = resolved(document, memberOf(node, part));
    if (node === undefined) return offset;
    offset = startOf(node) ?? offset;
  }
  if (key === undefined || !isMap(node)) return offset;
  const pair = node.items.find((item) => keyOf(item) === key);
  return startOf(pair?.key as Node | undefined) ?? offset;
}

function resolved(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return (node ?? undefined) as Node | undefined;
}

function memberOf(node: Node | undefined, key: string): unknown {
  if (isMap(node)) return node.items.find((item) => keyOf(item) === key)?.value;
  return isSeq(node) ? node.items[Number(key)] : undefined;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function startOf(node: Node | undefined): number | undefined {
  return node?.range?.[0];
}
