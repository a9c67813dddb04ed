import type { Command } from 'commander';
import type { BaselineInput } from '../app/baseline.ts';
import { FintechError } from '../kernel/errors.ts';
import { parseInstantMs } from '../kernel/time.ts';

export interface BaselineFlags {
  baseline?: string;
  updateBaseline?: true;
  owner?: string;
  expires?: string;
}

export function addBaselineOptions(command: Command): void {
  command
    .option('--baseline <file>', 'findings that are known and accepted')
    .option('--update-baseline', 'accept what is found, and drop what no longer is')
    .option('--owner <name>', 'who answers for findings newly accepted')
    .option('--expires <date>', 'their last day, such as 2027-03-01; in 90 days unless told');
}

/** Undefined where no baseline is named. @throws FintechError USAGE_INVALID */
export function baselineOf({
  baseline: file,
  updateBaseline,
  owner,
  expires,
}: BaselineFlags): BaselineInput | undefined {
  const update = updateBaseline === true;
  if (file === undefined && update) throw usage('--update-baseline needs --baseline');
  if (!update && (owner !== undefined || expires !== undefined)) {
    throw usage(`--${owner === undefined ? 'expires' : 'owner'} needs --update-baseline`);
  }
  if (expires !== undefined && !isDate(expires)) throw usage(`--expires ${expires} is no date`);
  return file === undefined ? undefined : { file, update, owner, expires };
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstantMs(text) !== undefined;
}

function usage(message: string): FintechError {
  return new FintechError('USAGE_INVALID', message, {
    hint: 'Write --baseline known.json --update-baseline --owner payments-team --expires 2027-03-01',
  });
}
