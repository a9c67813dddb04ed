/**
 * What moves accounts, as words, in the order of the log. The first word is an operation, with more
 * above its lowest byte:
 *
 *     OPEN (kind, overdraft declared)  account  currency  overdraft
 *     STEP (which)                     account
 *     TRANSACTION (postings)           hold or 0 0, then for each posting: account  currency, side  amount
 *     PLACE                            hold  account  currency  amount  expiry
 *     RELEASE (whether by a posting)   hold
 *     POST (whether by a transaction)  hold  transaction  amount  time
 *
 * Accounts and holds are hashes of two words, amounts the low and the high word of a whole number.
 */
export const OPEN = 0;
export const STEP = 1;
export const TRANSACTION = 2;
export const PLACE = 3;
export const RELEASE = 4;
export const POST = 5;

export const OPERATION_BITS = 0xff;

/** What a step does to an account. */
export const FREEZE = 0;
export const UNFREEZE = 1;
export const CLOSE = 2;

export const POSTING_WORDS = 5;
/** The expiry of a hold that has none. */
export const NEVER: number = Number.MAX_SAFE_INTEGER;
/** The amount of a transaction whose postings are not all of one. */
export const MIXED: number = Number.MAX_SAFE_INTEGER;

const WORD = 2 ** 32;

export function highWord(amount: number): number {
  return Math.floor(amount / WORD);
}

export function amountOf(low: number, high: number): number {
  return high * WORD + low;
}
