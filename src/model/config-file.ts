import {
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  isMap,
  isScalar,
} from 'yaml';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Violation } from '../kernel/validation.ts';
import type { Config } from './config.ts';
import { validateConfig } from './config-validator.ts';

/** Largest `fintech.yaml` that is read. */
export const MAX_CONFIG_BYTES = 1_048_576;

/** One thing wrong in a configuration file; line and column count from 1. */
export interface ConfigFault {
  line: number;
  column: number;
  message: string;
}

export interface ConfigText {
  /** Named in errors. */
  file: string;
  text: string;
  /** Where `${NAME}` is taken from. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Rules a schema cannot say; paths are JSON Pointers into the configuration. */
  rules?: (config: Config) => Pick<Violation, 'path' | 'message'>[];
}

/**
 * Reads `fintech.yaml`.
 * @throws FintechError CONFIG_INVALID with every fault, each with its line, column and nearest key
 */
export function parseConfig(source: ConfigText): Config {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): ConfigFault => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const faults = document.errors.map((error) => at(error.pos[0], error.message));
  if (faults.length > 0) throw invalid(source.file, faults);

  const missing = new Set<string>();
  const value = withEnvironment(valueOf(document, source.file), source.environment, missing);
  if (missing.size > 0) {
    const names = [...missing].join(', ');
    throw new FintechError(
      'CONFIG_INVALID',
      `${source.file}: environment variable not set: ${names}`,
      {
        hint: `Set ${names}, or take \${…} out of the file.`,
      },
    );
  }
  const validation = validateConfig(value ?? {});
  const violations = validation.ok
    ? (source.rules?.(validation.value) ?? [])
    : withoutEchoes(validation.violations);
  if (validation.ok && violations.length === 0) return validation.value;
  throw invalid(
    source.file,
    violations.map((violation) => at(offsetOf(document, violation), sentenceOf(violation))),
  );
}

/** The document as plain values; aliases that explode are refused. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file, [{ line: 1, column: 1, message: messageOf(error) }]);
  }
}

function invalid(file: string, faults: ConfigFault[]): FintechError {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  const list = sorted.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return new FintechError('CONFIG_INVALID', list.join('\n'), {
    hint: `Mend line ${first?.line ?? 1} of ${file}; its keys are described in schema/fintech.schema.json.`,
    details: { file, faults: sorted },
  });
}

/** A value that fits no branch of an `anyOf` is reported once, not once a branch. */
function withoutEchoes<V extends Pick<Violation, 'path' | 'message'>>(violations: V[]): V[] {
  const seen = new Set<string>();
  return violations.filter(({ path, message }) => {
    const echo = message.startsWith('must match "') || seen.has(`${path} ${message}`);
    seen.add(`${path} ${message}`);
    return !echo;
  });
}

function sentenceOf(violation: Pick<Violation, 'path' | 'message'> & Partial<Violation>): string {
  const place = violation.path === '' ? '' : `${violation.path.slice(1).replaceAll('/', '.')}: `;
  const { key, knownKeys } = violation;
  const near = key === undefined ? '' : `.${didYouMean(key, knownKeys ?? [])}`;
  return `${place}${violation.message}${near}`;
}

function offsetOf(
  document: Document,
  violation: Pick<Violation, 'path'> & Partial<Violation>,
): number {
  const keys = violation.path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  // A rule's path may go deeper than the file does (a missing key): the nearest parent stands for it.
  for (let depth = keys.length; depth >= 0; depth--) {
    const node = nodeAt(document, keys.slice(0, depth));
    if (node === undefined) continue;
    const key = depth === keys.length ? violation.key : undefined;
    const pair =
      key === undefined || !isMap(node)
        ? undefined
        : node.items.find((item) => keyOf(item) === key);
    return startOf(pair?.key as Node | undefined) ?? startOf(node) ?? 0;
  }
  return 0;
}

function nodeAt(document: Document, keys: string[]): Node | undefined {
  const found = keys.length === 0 ? document.contents : document.getIn(keys, true);
  return (found ?? undefined) as Node | undefined;
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function startOf(node: Node | undefined): number | undefined {
  return node?.range?.[0];
}

const VARIABLE = /\$\{([A-Z_][A-Z0-9_]*)\}/g;

/** Puts environment variables in for `${NAME}` in every string of a value. */
function withEnvironment(
  value: unknown,
  environment: ConfigText['environment'],
  missing: Set<string>,
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(VARIABLE, (_, name: string) => {
      const found = environment[name];
      if (found === undefined) missing.add(name);
      return found ?? '';
    });
  }
  if (Array.isArray(value)) return value.map((item) => withEnvironment(item, environment, missing));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withEnvironment(item, environment, missing)]),
  );
}
