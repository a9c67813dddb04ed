import type { ParameterRule, Template } from '../src/scaffold/manifest.ts';

/** Values to try for parameters that may be any text, by template and name. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'accounts.ledger': ['general-ledger'],
  'payments.ledger': ['general-ledger'],
};

/**
 * What to `--set` in each round: nothing in the first, then every parameter otherwise than by
 * default, until each value of each parameter was tried.
 */
export function settingsOf({ manifest }: Template): string[][] {
  const others = Object.entries(manifest.parameters ?? {}).map(([name, rule]) => ({
    name,
    values: otherValues(`${manifest.id}.${name}`, rule),
  }));
  const rounds = Math.max(1, ...others.map(({ values }) => values.length));
  const later = Array.from({ length: rounds }, (_, round) =>
    others.map(({ name, values }) => `${name}=${values[round] ?? values.at(-1)}`),
  );
  return [[], ...later];
}

function otherValues(place: string, rule: ParameterRule): readonly string[] {
  const { type, default: fallback, choices = [] } = rule;
  if (type === 'boolean') return [String(fallback !== true)];
  if (type === 'choice') return choices.filter((choice) => choice !== fallback);
  const texts = TEXTS[place];
  if (texts === undefined) throw new Error(`name values to try for ${place} in TEXTS`);
  return texts;
}
