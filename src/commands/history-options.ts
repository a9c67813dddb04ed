import { type Command, InvalidArgumentError } from 'commander';
import type { VerifyHistoryInput } from '../app/verify-history.ts';
import { FintechError } from '../kernel/errors.ts';
import { HISTORY_MODELS } from '../model/history-models.ts';
import { durationMs } from './options.ts';
import { oneOf } from './token-options.ts';

/** The flags of `verify` that belong to a history. */
export interface HistoryFlags {
  history?: string;
  model?: string;
  timeout?: number;
  total?: bigint;
}

const TIMEOUT_MS = 60_000;

export function addHistoryOptions(command: Command): void {
  command
    .option('--history <file>', 'judge what concurrent clients saw: EDN or JSON lines, - for stdin')
    .option('--model <model>', `of a history: ${HISTORY_MODELS.join(', ')}`)
    .option('--timeout <duration>', 'of a history: how long the search may take (60s)', durationMs)
    .option('--total <n>', 'of a bank: what all accounts hold together', wholeAmount);
}

/** What of the input only a history has; undefined where the flags name none. */
export function historyOf(
  flags: HistoryFlags,
  others: Readonly<Record<string, unknown>>,
): Pick<VerifyHistoryInput, 'file' | 'model' | 'timeoutMs' | 'total'> | undefined {
  const { history: file, model, timeout, total } = flags;
  if (file === undefined) {
    refuse({ model, timeout, total }, (flag) => `--${flag} needs --history`);
    return undefined;
  }
  refuse(others, (what) => `${what} does not go with --history`);
  if (model === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', '--history needs --model', {
      hint: `Say what the clients called: --model ${HISTORY_MODELS.join('|')}`,
    });
  }
  return {
    file,
    model: oneOf('--model', model, HISTORY_MODELS),
    timeoutMs: timeout ?? TIMEOUT_MS,
    total,
  };
}

/** @throws FintechError USAGE_INVALID for the first that has a value */
function refuse(
  values: Readonly<Record<string, unknown>>,
  messageOf: (name: string) => string,
): void {
  const given = Object.entries(values).find(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  if (given === undefined) return;
  throw new FintechError('USAGE_INVALID', messageOf(given[0]), {
    hint: 'A history is judged alone: fintech verify --history <file> --model <model>',
  });
}

function wholeAmount(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('It is a whole number of minor units.');
  return BigInt(text);
}
