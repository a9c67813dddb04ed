import type { TokenDraft } from '../signing.ts';
import { type Defect, INSUFFICIENT_SCOPE } from './contract.ts';
import { type About, signed } from './entries.ts';
import { textClaim, withClaims, withoutClaim } from './token-parts.ts';

const SOURCES = ['CWE-1321', 'RFC 7519 §4', 'RFC 7519 §7.3'];

/** Truly signed tokens that put a claim where a careless reader may find it. */
export const CLAIM_NAME_DEFECTS: readonly Defect[] = [
  moved(
    { id: 'names/prototype-scope', title: 'Its scope in __proto__', expect: INSUFFICIENT_SCOPE },
    'scope',
    (scope) => withProto({ scope }),
  ),
  moved({ id: 'names/prototype-subject', title: 'Its subject in __proto__' }, 'sub', (sub) =>
    withProto({ sub }),
  ),
  moved({ id: 'names/prototype-expiry', title: 'Its expiry in __proto__' }, 'exp', (exp) =>
    withProto({ exp }),
  ),
  moved(
    {
      id: 'names/constructor',
      title: 'Its scope in constructor.prototype',
      expect: INSUFFICIENT_SCOPE,
    },
    'scope',
    (scope) => ({ constructor: { prototype: { scope } } }),
  ),
  moved(
    {
      id: 'names/look-alike-scope',
      title: 'Its scope under a name with a Cyrillic letter',
      expect: INSUFFICIENT_SCOPE,
    },
    'scope',
    (scope) => ({ 'sc\u043Epe': scope }),
  ),
  moved(
    { id: 'names/look-alike-subject', title: 'Its subject under a name with a Cyrillic letter' },
    'sub',
    (sub) => ({ '\u0455ub': sub }),
  ),
  moved({ id: 'names/case', title: 'Its subject under a name in capitals' }, 'sub', (sub) => ({
    SUB: sub,
  })),
  moved(
    { id: 'names/white-space', title: 'Its subject under a name with a space' },
    'sub',
    (sub) => ({
      'sub ': sub,
    }),
  ),
];

function moved(
  about: Pick<About, 'id' | 'title' | 'expect'>,
  claim: string,
  place: (value: unknown) => Record<string, unknown>,
): Defect {
  return signed(
    { ...about, class: 'C26', sources: SOURCES },
    {
      edit: (draft: TokenDraft) => {
        if (claim === 'scope') textClaim(draft, claim);
        return withClaims(withoutClaim(draft, claim), place(draft.claims[claim]));
      },
    },
  );
}

/** A member of that name, as JSON makes one; a literal would set the prototype. */
function withProto(members: object): Record<string, unknown> {
  return Object.fromEntries([['__proto__', members]]);
}
