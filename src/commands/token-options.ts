import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { parseDurationMs, parseInstantMs } from '../kernel/time.ts';
import { MAX_LIFETIME_S } from '../model/token-request.ts';

/** One of a closed list of values. @throws FintechError USAGE_INVALID naming the nearest */
export function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw new FintechError('USAGE_INVALID', `no ${flag} "${value}".${didYouMean(value, known)}`, {
    hint: `Known are ${known.join(', ')}.`,
  });
}

/** @throws FintechError USAGE_INVALID when it is no duration, or outside the limits */
export function durationMs(
  flag: string,
  value: string,
  { minMs, maxMs }: { minMs: number; maxMs: number },
): number {
  const ms = parseDurationMs(value);
  if (ms === undefined) throw usage(`${flag} "${value}" is no duration`, 'Write 5m, 90s or 1h30m.');
  if (ms >= minMs && ms <= maxMs && ms % 1000 === 0) return ms;
  const limits = `${minMs / 1000}s to ${maxMs / 1000}s`;
  throw usage(`${flag} ${value} is not possible`, `Tokens hold whole seconds, here ${limits}.`);
}

/** How long replaced keys stay published. @throws FintechError USAGE_INVALID */
export function overlapOf(value: string): number {
  return durationMs('--overlap', value, { minMs: 0, maxMs: MAX_LIFETIME_S * 1000 });
}

/** @throws FintechError USAGE_INVALID when it is no time, or not between 1970 and `maxMs` */
export function instantMs(flag: string, value: string, maxMs: number): number {
  const ms = parseInstantMs(value);
  if (ms !== undefined && ms >= 0 && ms <= maxMs) return ms;
  throw usage(`${flag} "${value}" is no time a token can hold`, 'Write 2027-01-01T00:00Z.');
}

export function wholeNumber(flag: string, value: string, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= max) return number;
  throw usage(`${flag} ${value} is not possible`, `Give a whole number from 1 to ${max}.`);
}

/** `k=v` is a string, `k:=json` is JSON. @throws FintechError USAGE_INVALID */
export function claimsOf(assignments: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(assignments.map(claimOf));
}

function claimOf(assignment: string): [string, unknown] {
  const [, name, isJson, value = ''] = /^(.+?)(:?)=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined) {
    throw usage(`--claim "${assignment}" is not of the form k=v`, 'k=v is text, k:=json is JSON.');
  }
  if (isJson === '') return [name, value];
  try {
    return [name, JSON.parse(value)];
  } catch {
    throw usage(`--claim ${name} is not JSON`, `For text, write ${name}=… without the colon.`);
  }
}

/** An audience is a StringOrURI (RFC 7519 §2): visible, and there. @throws FintechError USAGE_INVALID */
export function audienceOf(value: string): string {
  if (/^[\x21-\x7e]{1,256}$/.test(value)) return value;
  throw usage(`"${value}" is no audience`, 'Write api, events, admin, or a name without blanks.');
}

/** Scopes of flags that may be repeated and hold several, parted by spaces. */
export function scopesOf(flags: readonly string[] | undefined): string[] | undefined {
  return flags?.flatMap((flag) => flag.split(' ')).filter((scope) => scope !== '');
}

/** Commander's collector for a flag that may be repeated. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

export function usage(message: string, hint: string): FintechError {
  return new FintechError('USAGE_INVALID', message, { hint });
}
