import { InvalidArgumentError, Option } from 'commander';
import { parseDurationMs, parseInstantMs } from '../kernel/time.ts';
import { UNIT_TIMEOUT_MS } from '../model/timeouts.ts';

/** `--timeout <duration>`, in milliseconds. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'how long one unit may take to get ready')
    .default(UNIT_TIMEOUT_MS, `${UNIT_TIMEOUT_MS / 1000}s`)
    .argParser(durationMs);
}

/** Reads a positive duration such as `30s` for commander. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms <= 0)
    throw new InvalidArgumentError('It is a duration such as 30s or 5m.');
  return ms;
}

/** Reads a whole number from 0 for commander. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('It is a whole number.');
  }
  return number;
}

/** Reads a time for commander, in milliseconds. */
export function instant(text: string): number {
  const ms = parseInstantMs(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a time such as 2027-01-01T12:00Z.');
  return ms;
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return [...(before ?? []), value];
}

/** Reads a position of a log for commander. */
export function position(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new InvalidArgumentError('It is a position from 0.');
  return BigInt(text);
}
