import type { VerifyConfig } from '../model/verify-config.ts';
import type { CheckSettings } from './contract.ts';

/** Keys that one check keeps: some 200 bytes each. Past them it gives up, and says so. */
const MAX_KEYS = 4_000_000;

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
    maxKeys: MAX_KEYS,
    asOfMs: undefined,
    openings: new Map(),
    checkpoint: undefined,
    schemas: new Map(),
    ...others,
  };
}

/** What one check is told by `verify.checks`. */
export function settingOf({ checks = {} }: VerifyConfig, id: string): CheckSetting {
  const setting = checks[id];
  return setting === undefined || setting === 'off' ? {} : setting;
}
