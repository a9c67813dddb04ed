import type { JsonNode } from '../../kernel/json-text.ts';
import type { Value, ValueRule } from '../../model/verify-config.ts';
import { quoted } from '../naming.ts';
import type { ConfigPlace } from './config-place.ts';
import { type Path, scalarText } from './path.ts';
import { at, compilePath, placeOf, type Scope } from './scope.ts';
import { compileUnit, type Unit } from './unit.ts';

export type Lookup =
  | { ok: true; node: JsonNode; path: string }
  /** `absent`: nothing stands there; otherwise what stands there is not listed. */
  | { ok: false; problem: string; absent: boolean };

/** A value of the configuration, ready to be looked up in records. */
export interface MappedValue {
  lookup(scope: Scope): Lookup;
  unit: Unit | undefined;
  as: TimeFormat;
  /** Whether nothing may stand there. */
  optional: boolean;
  /** What it reads. */
  paths: readonly Path[];
}

export type TimeFormat = NonNullable<ValueRule['as']>;

const WAYS = ['path', 'value', 'first', 'join'] as const;

/** @returns undefined where the configuration is wrong, which is told at its place */
export function compileValue(place: ConfigPlace, value: Value): MappedValue | undefined {
  const rule = typeof value === 'string' ? { path: value } : value;
  const ways = WAYS.filter((way) => rule[way] !== undefined);
  if (ways.length !== 1) {
    const said = ways.length === 0 ? 'none' : ways.join(' and ');
    place.refuse(`one of path, value, first, join says what the value is; here ${said} does`);
    return undefined;
  }
  const paths = compilePaths(place, rule);
  if (paths === undefined) return undefined;
  const unit = rule.unit === undefined ? undefined : compileUnit(place.in('unit'), rule.unit);
  return {
    lookup: listed(rule, found(rule, paths)),
    unit,
    as: rule.as ?? 'rfc3339',
    optional: rule.optional === true,
    paths: [...paths, ...(unit?.paths ?? [])],
  };
}

/** A text of the configuration that is itself and no path. */
export function literalValue(text: string): MappedValue {
  return { lookup: literal(text), unit: undefined, as: 'rfc3339', optional: false, paths: [] };
}

function compilePaths(place: ConfigPlace, rule: ValueRule): Path[] | undefined {
  const texts = rule.first ?? rule.join ?? (rule.path === undefined ? [] : [rule.path]);
  const paths = texts.flatMap((text) => compilePath(place, text) ?? []);
  return paths.length === texts.length ? paths : undefined;
}

function found(rule: ValueRule, paths: readonly Path[]): MappedValue['lookup'] {
  if (rule.value !== undefined) return literal(rule.value);
  if (rule.join !== undefined) return (scope) => joined(paths, scope);
  return (scope) => firstOf(paths, scope);
}

function literal(value: string | number | boolean): MappedValue['lookup'] {
  const text = String(value);
  const node: JsonNode =
    typeof value === 'number'
      ? { kind: 'number', text }
      : { kind: 'string', text: JSON.stringify(text), value: text };
  return () => ({ ok: true, node, path: 'the value' });
}

function firstOf(paths: readonly Path[], scope: Scope): Lookup {
  for (const path of paths) {
    const node = at(path, scope);
    if (node !== undefined) return { ok: true, node, path: placeOf(path, scope) };
  }
  const places = paths.map((path) => placeOf(path, scope)).join(' and ');
  return {
    ok: false,
    problem: `${places} ${paths.length === 1 ? 'is' : 'are'} missing`,
    absent: true,
  };
}

/** Joined so that no two lists of parts give the same text. */
function joined(paths: readonly Path[], scope: Scope): Lookup {
  const parts: string[] = [];
  for (const path of paths) {
    const part = firstOf([path], scope);
    if (!part.ok) return part;
    const text = scalarText(part.node);
    if (text === undefined) {
      return { ok: false, problem: `${part.path} is a JSON ${part.node.kind}`, absent: false };
    }
    parts.push(text.replaceAll('~', '~0').replaceAll('/', '~1'));
  }
  const value = parts.join('/');
  const node: JsonNode = { kind: 'string', text: JSON.stringify(value), value };
  return { ok: true, node, path: paths.map((path) => placeOf(path, scope)).join('/') };
}

/** Puts another text in place of what was found, where the rule lists `values`. */
function listed({ values }: ValueRule, lookup: MappedValue['lookup']): MappedValue['lookup'] {
  if (values === undefined) return lookup;
  const nodes = new Map<string, JsonNode>(
    Object.entries(values).map(([from, to]) => [
      from,
      { kind: 'string', text: JSON.stringify(to), value: to },
    ]),
  );
  return (scope) => {
    const found = lookup(scope);
    if (!found.ok) return found;
    const text = scalarText(found.node);
    const node = text === undefined ? undefined : nodes.get(text);
    if (node !== undefined) return { ok: true, node, path: found.path };
    const what = text === undefined ? `a JSON ${found.node.kind}` : quoted(text);
    const known = [...nodes.keys()].join(', ');
    return { ok: false, problem: `${found.path} is ${what}, not one of ${known}`, absent: false };
  };
}
