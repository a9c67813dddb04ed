export type UnavailableCode =
  | 'store-unavailable'
  | 'keys-unavailable'
  | 'contention'
  | 'overloaded'
  | 'not-ready';

/** Nothing is wrong with the request: the same one may pass a moment later. Answered with 503. */
export class Unavailable extends Error {
  readonly code: UnavailableCode;

  constructor(code: UnavailableCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unavailable';
    this.code = code;
  }
}
