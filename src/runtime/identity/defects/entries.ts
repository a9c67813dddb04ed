import { type Defect, type Entry, type ForgedDefect, INVALID_TOKEN } from './contract.ts';
import type { SignedDefect, Slot } from './contract.ts';

/** An entry whose token is refused with 401 `invalid_token` by any API, unless it says otherwise. */
export type About = Pick<Entry, 'id' | 'class' | 'title' | 'sources'> &
  Partial<Pick<Entry, 'needs' | 'algorithms' | 'expect' | 'repeated'>>;

/** A defect that takes the issuer's key. */
export function signed(about: About, how: Omit<SignedDefect, 'from'>): Defect {
  return { needs: [], expect: INVALID_TOKEN, ...about, from: 'sign', ...how };
}

/** A defect that can be made of anybody's good token. */
export function forged(about: About, slot: Slot, forge: ForgedDefect['forge']): Defect {
  return { needs: [], expect: INVALID_TOKEN, ...about, from: 'any-token', slot, forge };
}
