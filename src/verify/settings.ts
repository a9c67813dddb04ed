import type { VerifyConfig } from '../model/verify-config.ts';
import type { Severity } from '../model/verify-report.ts';
import type { Check, CheckSettings, Proof } from './contract.ts';

/** What checks may keep, unless `--memory` says otherwise. */
export const MEMORY_BYTES = 536_870_912;

/** One check of a run keeps so many keys for each byte; a run keeps few of all of them. */
const BYTES_PER_KEY = 128;

/** Keys that one check keeps in one pass. */
export function keysIn(memoryBytes: number): number {
  return Math.floor(memoryBytes / BYTES_PER_KEY);
}

type CheckSetting = Exclude<NonNullable<VerifyConfig['checks']>[string], 'off'>;

/** The settings of a run in one pass, by `verify:` of `fintech.yaml`. */
export function settingsBy(
  config: VerifyConfig,
  others: Partial<CheckSettings> = {},
): CheckSettings {
  return {
    config,
    owns: () => true,
    isFirstPass: true,
    maxKeys: keysIn(MEMORY_BYTES),
    asOfMs: undefined,
    openings: new Map(),
    checkpoint: undefined,
    readModels: [],
    projections: [],
    schemas: new Map(),
    ...others,
  };
}

/** What one check is told by `verify.checks`. */
export function settingOf({ checks = {} }: VerifyConfig, id: string): CheckSetting {
  const setting = checks[id];
  return setting === undefined || setting === 'off' ? {} : setting;
}

/** What a finding weighs: by `verify.checks`, else by itself, else by its check. */
export function severityOf(config: VerifyConfig, check: Check, proof?: Proof): Severity {
  return settingOf(config, check.id).severity ?? proof?.severity ?? check.severity;
}
