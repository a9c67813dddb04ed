import type { Value } from '../../model/verify-config.ts';
import type { ConfigPlace } from './config-place.ts';
import { compileValue, literalValue, type MappedValue } from './value.ts';

export interface KeyRules<R extends string, O extends string> {
  required: readonly R[];
  optional: readonly O[];
  /** Keys whose text is itself where it is one of these words; `any`: always. */
  words?: Partial<Record<R | O, readonly string[] | 'any'>>;
}

export type MappedKeys<R extends string, O extends string> = Record<R, MappedValue> &
  Partial<Record<O, MappedValue>>;

/**
 * The values of one fact, by its keys.
 * @returns undefined where the configuration is wrong, which is told at its place
 */
export function compileKeys<const R extends string, const O extends string>(
  place: ConfigPlace,
  config: Readonly<Record<string, Value>>,
  { required, optional, words = {} }: KeyRules<R, O>,
): MappedKeys<R, O> | undefined {
  const known: readonly string[] = [...required, ...optional];
  const unknown = Object.keys(config).filter((key) => !known.includes(key));
  for (const key of unknown) place.refuseKey(key, known);
  const missing = required.filter((key) => config[key] === undefined);
  for (const key of missing) place.refuse(`${key} is missing`);
  const compiled = Object.entries(config)
    .filter(([key]) => known.includes(key))
    .map(([key, value]): [string, MappedValue | undefined] => {
      const listed = (words as Record<string, readonly string[] | 'any' | undefined>)[key];
      return [
        key,
        isWord(value, listed) ? literalValue(value) : compileValue(place.in(key), value),
      ];
    });
  const keys = Object.fromEntries(compiled);
  const isWhole = unknown.length + missing.length === 0 && Object.values(keys).every(Boolean);
  if (isWhole) refuseAmountsAlone(place, keys);
  return isWhole ? (keys as MappedKeys<R, O>) : undefined;
}

function isWord(value: Value, words: readonly string[] | 'any' | undefined): value is string {
  if (typeof value !== 'string' || words === undefined) return false;
  return words === 'any' || words.includes(value);
}

/** How many minor units a major one has, its currency says. */
function refuseAmountsAlone(
  place: ConfigPlace,
  keys: Readonly<Record<string, MappedValue | undefined>>,
): void {
  if ('currency' in keys) return;
  for (const [key, value] of Object.entries(keys)) {
    if (value?.unit !== undefined)
      place.in(key).refuse('an amount with a unit needs a currency beside it');
  }
}
