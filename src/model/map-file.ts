import type { Violation } from '../kernel/validation.ts';
import { withEnvironment } from './config-environment.ts';
import { type ConfigText, configRefusal, invalidConfig, MAX_FAULTS } from './config-file.ts';
import { validateConfig } from './config-validator.ts';
import type { VerifyConfig } from './verify-config.ts';
import { readYaml } from './yaml-text.ts';

/** Keys of `verify:` that a map or preset may have. */
const MAP_KEYS = ['log', 'map', 'sagas', 'accounts', 'currencies', 'ignore'] as const;

export type MapFile = Pick<VerifyConfig, (typeof MAP_KEYS)[number]>;

/**
 * Reads a map or preset: a file of its own with some of the keys of `verify:`.
 * @throws FintechError CONFIG_INVALID with its faults, each with its line, column and nearest key
 */
export function parseMapFile(source: Omit<ConfigText, 'rules'>): MapFile {
  const { value, faults } = readYaml(source.text);
  if (faults.length > 0)
    throw invalidConfig(source.file, faults.slice(0, MAX_FAULTS), faults.length);
  const verify = withEnvironment(value ?? {}, source);
  const validation = validateConfig({ verify });
  const violations = validation.ok ? foreignKeys(verify) : validation.violations.map(inMapFile);
  if (violations.length > 0) throw configRefusal(source, violations);
  return verify as MapFile;
}

function foreignKeys(value: unknown): Violation[] {
  const known: readonly string[] = MAP_KEYS;
  return Object.keys(value as object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: '',
      message: `"${key}" is no key of a map file`,
      key,
      knownKeys: [...known],
    }));
}

function inMapFile(violation: Violation): Violation {
  return { ...violation, path: violation.path.replace(/^\/verify/, '') };
}
