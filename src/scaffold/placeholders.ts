import type { ParameterValues } from './parameters.ts';

const PLACEHOLDER = /\{\{([a-z][a-zA-Z0-9]*)\}\}/g;

/**
 * Puts values in for `{{name}}`. What is put in is not looked at again.
 * @throws Error naming a placeholder that stands for nothing
 */
export function fillIn(text: string, values: ParameterValues): string {
  return text.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`${placeholder} stands for nothing`);
    return String(value);
  });
}

/** The same for every string and member name of a JSON value. */
export function fillInJson<T>(value: T, values: ParameterValues): T {
  return fillInValue(value, values) as T;
}

function fillInValue(value: unknown, values: ParameterValues): unknown {
  if (typeof value === 'string') return fillIn(value, values);
  if (Array.isArray(value)) return value.map((item) => fillInValue(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      fillIn(name, values),
      fillInValue(member, values),
    ]),
  );
}
