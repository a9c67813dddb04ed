import { hash } from 'node:crypto';
import type { TokenVerdict } from './contract.ts';

const MAX_TOKENS = 10_000;

type Accepted = Extract<TokenVerdict, { ok: true }>;

/** Accepted tokens by their SHA-256, each until it expires; the oldest leaves when it is full. */
export class AcceptedTokens {
  readonly #byHash = new Map<string, { verdict: Accepted; untilMs: number }>();

  get size(): number {
    return this.#byHash.size;
  }

  find(token: string, nowMs: number): Accepted | undefined {
    const key = keyOf(token);
    const entry = this.#byHash.get(key);
    if (entry === undefined) return undefined;
    if (nowMs < entry.untilMs) return entry.verdict;
    this.#byHash.delete(key);
    return undefined;
  }

  /** @param untilMs the first moment it is no longer accepted */
  remember(token: string, verdict: Accepted, untilMs: number): void {
    if (this.#byHash.size >= MAX_TOKENS) {
      const [oldest] = this.#byHash.keys();
      if (oldest !== undefined) this.#byHash.delete(oldest);
    }
    this.#byHash.set(keyOf(token), { verdict, untilMs });
  }

  clear(): void {
    this.#byHash.clear();
  }
}

function keyOf(token: string): string {
  return hash('sha256', token, 'base64');
}
