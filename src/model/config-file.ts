import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Violation } from '../kernel/validation.ts';
import type { Config } from './config.ts';
import { withEnvironment } from './config-environment.ts';
import { configRules } from './config-rules.ts';
import { validateConfig } from './config-validator.ts';
import { readYaml, type YamlFault, type YamlText } from './yaml-text.ts';

/** Largest `fintech.yaml` that is read. */
export const MAX_CONFIG_BYTES = 1_048_576;
/** Most faults of one file that are told at once. */
export const MAX_FAULTS = 20;

/** One thing wrong in a configuration file; line and column count from 1. */
export type ConfigFault = YamlFault;

export interface ConfigText {
  /** Named in errors. */
  file: string;
  text: string;
  /** Where `${NAME}` is taken from. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Further rules a schema cannot say; paths are JSON Pointers into the configuration. */
  rules?: (config: Config) => Violation[];
}

/**
 * Reads `fintech.yaml`.
 * @throws FintechError CONFIG_INVALID with its faults, each with its line, column and nearest key
 */
export function parseConfig(source: ConfigText): Config {
  const { value, faults, faultAt } = readYaml(source.text);
  if (faults.length > 0)
    throw invalidConfig(source.file, faults.slice(0, MAX_FAULTS), faults.length);

  const validation = validateConfig(withEnvironment(value ?? {}, source));
  const violations = validation.ok
    ? [...configRules(validation.value), ...(source.rules?.(validation.value) ?? [])]
    : withoutEchoes(validation.violations);
  if (validation.ok && violations.length === 0) return validation.value;
  throw invalidConfig(source.file, placed(violations, faultAt), violations.length);
}

/**
 * What breaks a rule that only those know who use the configuration, at its places in the file.
 * @param violations at least one; paths are JSON Pointers into the file
 */
export function configRefusal(
  { file, text }: Pick<ConfigText, 'file' | 'text'>,
  violations: readonly Violation[],
): FintechError {
  return invalidConfig(file, placed(violations, readYaml(text).faultAt), violations.length);
}

function placed(violations: readonly Violation[], faultAt: YamlText['faultAt']): YamlFault[] {
  return violations
    .slice(0, MAX_FAULTS)
    .map((violation) => faultAt(violation, sentenceOf(violation)));
}

/** Faults of a configuration file as one error. @param total how many there are, told or not */
export function invalidConfig(
  file: string,
  told: readonly YamlFault[],
  total: number,
): FintechError {
  const faults = told.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const list = faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const more = total - faults.length;
  if (more > 0) list.push(`and ${more} more`);
  return new FintechError('CONFIG_INVALID', list.join('\n'), {
    hint: `Mend line ${faults[0]?.line ?? 1} of ${file}; its keys are described in schema/fintech.schema.json.`,
    details: { file, faults, more },
  });
}

/** A value that fits no branch of an `anyOf` is reported once, not once a branch. */
function withoutEchoes(violations: readonly Violation[]): Violation[] {
  const seen = new Set<string>();
  return violations.filter(({ path, message }) => {
    const echo = message.startsWith('must match "') || seen.has(`${path} ${message}`);
    seen.add(`${path} ${message}`);
    return !echo;
  });
}

function sentenceOf({ path, message, key, knownKeys }: Violation): string {
  const place = path === '' ? '' : `${path.slice(1).replaceAll('/', '.')}: `;
  const near = knownKeys === undefined || key === undefined ? '' : `.${didYouMean(key, knownKeys)}`;
  return `${place}${message}${near}`;
}
