import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FintechError } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import type { BuiltIn } from './reading-of.ts';

/** Presets whose code is ours. */
const BUILT_IN: readonly BuiltIn[] = ['default', 'cloudevents'];

/** Presets that are YAML files: envelopes first, then vocabularies. */
export const PRESET_FILES = [
  'kcat',
  'debezium-outbox',
  'axon',
  'kurrentdb',
  'emmett',
  'stripe-balance',
  'formance',
  'camt.053',
] as const;

/** Every preset, by name. */
export const PRESET_NAMES: readonly string[] = [...BUILT_IN, ...PRESET_FILES];

export interface PresetText {
  /** Named in errors. */
  file: string;
  text: string;
}

/** @throws FintechError USAGE_INVALID where there is no such preset */
export async function readPreset(name: string): Promise<BuiltIn | PresetText> {
  const builtIn = BUILT_IN.find((known) => known === name);
  if (builtIn !== undefined) return builtIn;
  if (!PRESET_NAMES.includes(name)) {
    throw new FintechError(
      'USAGE_INVALID',
      `there is no preset ${name}.${didYouMean(name, PRESET_NAMES)}`,
      { hint: `Presets are ${PRESET_NAMES.join(', ')}; a file of your own is --map <file>.` },
    );
  }
  return {
    file: `${name}.yaml`,
    text: await readFile(join(presetFolder(), `${name}.yaml`), 'utf8'),
  };
}

/** Beside `src/` in a checkout, beside `dist/` when bundled. */
function presetFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = basename(here) === 'mapping' ? join(here, '../../..') : dirname(here);
  return join(root, 'presets');
}
