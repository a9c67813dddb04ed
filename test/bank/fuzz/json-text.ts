import type { Path } from './schema.ts';

/** JSON text that stands in a value as it is, right or wrong. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON, but for what stands in it raw. */
export function jsonText(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`,
  );
  return `{${members.join(',')}}`;
}

/** A copy of a value with another one at a place. */
export function withAt(value: unknown, path: Path, put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [];
    items[step] = withAt(items[step], rest, put);
    return items;
  }
  const members = isObject(value) ? value : {};
  return { ...members, [step]: withAt(members[step], rest, put) };
}

/** A copy of a value without one member. */
export function withoutAt(value: unknown, path: Path): unknown {
  const parent = path.slice(0, -1);
  const at = memberAt(value, parent);
  if (!isObject(at)) return value;
  const { [String(path.at(-1))]: _, ...rest } = at;
  return withAt(value, parent, rest);
}

/** A copy of a value in which one member is named twice. */
export function withTwice(value: unknown, path: Path): unknown {
  const parent = path.slice(0, -1);
  const at = memberAt(value, parent);
  const name = String(path.at(-1));
  if (!isObject(at) || at[name] === undefined) return undefined;
  const again = `${JSON.stringify(name)}:${jsonText(at[name])}`;
  return withAt(value, parent, new Raw(`${jsonText(at).slice(0, -1)},${again}}`));
}

export function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)?.[step], value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
