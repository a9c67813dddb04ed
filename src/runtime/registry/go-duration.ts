const NS_PER_MS = 1e6;
const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a duration as Go's `time.ParseDuration` reads it, such as `1m30s` or `0`; never negative. */
export function parseGoDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !DURATION.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    totalMs += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  }
  return totalMs;
}

/** A duration in a body: Go's text, or nanoseconds as a number. */
export function readGoDurationMs(value: unknown): number | undefined {
  if (typeof value === 'string') return parseGoDurationMs(value);
  return Number.isInteger(value) && Number(value) >= 0 ? Number(value) / NS_PER_MS : undefined;
}
