import { type Hash, Hasher, scopeWithin } from './hash.ts';
import { KnownTexts } from './known-texts.ts';

/** Kinds of keys, each unique within a source. */
const KIND = {
  identity: 0,
  event: 1,
  transaction: 2,
  idempotencyKey: 3,
  initiation: 4,
  refund: 5,
  chargeback: 6,
  payment: 7,
  capture: 8,
} as const;

export type Scopes = Readonly<Record<keyof typeof KIND, Hash>>;

const NOWHERE: Hash = { low: 0, high: 0 };

/** The scopes of the keys of each source; identities are of one log only. */
export function scopesBySource(seed: Uint32Array, log: number): KnownTexts<Scopes> {
  const hasher = new Hasher(seed);
  return new KnownTexts((source) => {
    const bytes = Buffer.from(`${source}    `);
    hasher.over(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    hasher.take(0, bytes.length - 4, NOWHERE);
    const { low, high } = hasher;
    const scopes = Object.entries(KIND).map(([name, kind]) => {
      const scope = scopeWithin({ low, high }, kind);
      return [name, name === 'identity' ? scopeWithin(scope, log) : scope];
    });
    return Object.fromEntries(scopes) as Scopes;
  });
}
