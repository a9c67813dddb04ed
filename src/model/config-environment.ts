import { FintechError } from '../kernel/errors.ts';

/** Most characters that `${NAME}` may bring into one file, all together. */
export const MAX_FILLED_IN = 1_048_576;

export interface EnvironmentSource {
  /** Named in errors. */
  file: string;
  environment: Readonly<Record<string, string | undefined>>;
}

const VARIABLE = /\$\{([A-Z_][A-Z0-9_]*)\}/g;

/**
 * Puts environment variables in for `${NAME}` in every string of a value; keys stay as they are.
 * @throws FintechError CONFIG_INVALID naming the variables that are not set
 */
export function withEnvironment(value: unknown, source: EnvironmentSource): unknown {
  const missing = new Set<string>();
  let filledIn = 0;
  const filled = mapStrings(value, (text) =>
    text.replaceAll(VARIABLE, (_, name: string) => {
      const found = source.environment[name];
      if (found === undefined) missing.add(name);
      filledIn += found?.length ?? 0;
      if (filledIn > MAX_FILLED_IN) throw tooMuch(source.file);
      return found ?? '';
    }),
  );
  if (missing.size > 0) throw notSet(source.file, [...missing]);
  return filled;
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]);
  // No prototype: a persona or client that is asked for as "constructor" is simply not there.
  return { __proto__: null, ...(Object.fromEntries(entries) as object) };
}

function tooMuch(file: string): FintechError {
  return new FintechError(
    'CONFIG_INVALID',
    `${file}: its \${…} bring in more than ${MAX_FILLED_IN} characters`,
    { hint: 'Name large environment variables fewer times.' },
  );
}

function notSet(file: string, missing: readonly string[]): FintechError {
  const names = missing.slice(0, 20).join(', ');
  return new FintechError('CONFIG_INVALID', `${file}: environment variable not set: ${names}`, {
    hint: `Set ${names}, or take \${…} out of the file.`,
  });
}
