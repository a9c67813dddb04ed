/** The pauses of the Standard Webhooks specification, in seconds: ten tries over three days. */
export const STANDARD_PAUSES_S: readonly number[] = [
  5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** A receiver may ask for more patience than the schedule has, but for no more than this. */
const LONGEST_WISH_S = 3600;
/** Pauses grow by up to this share, so that what failed together does not come back together. */
const JITTER = 0.2;

export interface Failure {
  /** How many tries were made, this one included. */
  tried: number;
  /** What the receiver asked for by `Retry-After`. */
  retryAfterS?: number | undefined;
}

/**
 * How long to wait after a failed try; undefined when it was the last.
 * @param random from 0 to 1
 */
export function pauseMs(
  pausesS: readonly number[],
  { tried, retryAfterS = 0 }: Failure,
  random: number,
): number | undefined {
  const pauseS = pausesS[tried - 1];
  if (pauseS === undefined) return undefined;
  const wishedS = Math.max(pauseS, Math.min(retryAfterS, LONGEST_WISH_S));
  return Math.round(wishedS * (1 + JITTER * random) * 1000);
}

/**
 * Seconds in a `Retry-After` (RFC 9110 §10.2.3): a number of them, or a date.
 * @returns undefined where it says nothing that can be followed
 */
export function retryAfterSeconds(header: string, nowMs: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const dateMs = header.endsWith(' GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, Math.ceil((dateMs - nowMs) / 1000));
}

/** @returns undefined where the text is no list of seconds */
export function parsePauses(text: string): number[] | undefined {
  const pauses = text.split(',').map((one) => one.trim());
  const fine = pauses.every((one) => /^\d{1,7}(?:\.\d{1,3})?$/.test(one));
  return fine && pauses.length <= 100 ? pauses.map(Number) : undefined;
}
