import { formatInstant, parseInstantMs, parseRfc3339Ms } from '../../kernel/time.ts';
import type { TimeFormat } from './value.ts';

/** As databases write it: a space between date and time, an offset of hours alone. */
const DATABASE_TIME =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(Z|[+-]\d{2})(:?\d{2})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const EPOCH = /^(-?\d{1,17})(?:\.(\d{1,9}))?$/;
const MICROS_IN: Partial<Record<TimeFormat, bigint>> = {
  'epoch-s': 1_000_000n,
  'epoch-ms': 1000n,
  'epoch-us': 1n,
};
const MAX_MS = 8_640_000_000_000_000n;

/** @returns RFC 3339 in UTC or with its offset, a date where it is one; undefined for what is no time */
export function readInstant(text: string, format: TimeFormat): string | undefined {
  if (format === 'rfc3339') return rfc3339(text);
  if (format === 'date')
    return DATE.test(text) && parseInstantMs(text) !== undefined ? text : undefined;
  return fromEpoch(text, MICROS_IN[format] ?? 1n);
}

function rfc3339(text: string): string | undefined {
  const found = DATABASE_TIME.exec(text);
  const [, date, time, offset = '', minutes = ':00'] = found ?? [];
  const whole =
    found === null || offset === 'Z'
      ? text.replace(' ', 'T')
      : `${date}T${time}${offset}:${minutes.replace(':', '')}`;
  return parseRfc3339Ms(whole) === undefined ? undefined : whole;
}

/** Microseconds survive: two events of one millisecond stay in their order. */
function fromEpoch(text: string, microsIn: bigint): string | undefined {
  const [, whole, fraction = ''] = EPOCH.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const nanos = BigInt(fraction.padEnd(9, '0')) * microsIn;
  const part = nanos / 1_000_000_000n;
  const micros = BigInt(whole) * microsIn + (whole.startsWith('-') ? -part : part);
  const ms = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  if (ms > MAX_MS || ms < -MAX_MS) return undefined;
  const rest = String(micros - ms * 1000n).padStart(3, '0');
  return formatInstant(Number(ms)).replace('Z', rest === '000' ? 'Z' : `${rest}Z`);
}
