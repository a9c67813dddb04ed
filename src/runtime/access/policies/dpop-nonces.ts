import { createHmac } from 'node:crypto';

/** A nonce is good for the span it was made in, and for the next. */
const SPAN_MS = 120_000;

/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9). They change every two minutes, cannot be foretold
 * without the secret, and nothing is kept of them.
 */
export class DpopNonces {
  readonly #secret: Buffer;

  /** @param secret 32 random bytes */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  current(nowMs: number): string {
    return this.#ofSpan(Math.floor(nowMs / SPAN_MS));
  }

  isGood(nonce: unknown, nowMs: number): boolean {
    const span = Math.floor(nowMs / SPAN_MS);
    return nonce === this.#ofSpan(span) || nonce === this.#ofSpan(span - 1);
  }

  #ofSpan(span: number): string {
    return createHmac('sha256', this.#secret).update(String(span)).digest('base64url');
  }
}
