import { type Defect, INSUFFICIENT_SCOPE, NO_SCOPE } from './contract.ts';
import { type About, signed } from './entries.ts';
import { textClaim, withClaims, withoutClaim } from './token-parts.ts';

const SCOPE = ['RFC 6750 §3.1', 'RFC 6749 §3.3'];

/** Good tokens that grant nothing, too little, or something that only looks like it. */
export const SCOPE_DEFECTS: readonly Defect[] = [
  signed(
    {
      id: 'claims/scope-missing',
      class: 'C16',
      title: 'Without any scope',
      sources: ['RFC 6750 §3.1'],
      expect: INSUFFICIENT_SCOPE,
    },
    { edit: (draft) => withoutClaim(draft, 'scope') },
  ),
  scoped(
    { id: 'scope/insufficient', class: 'C17', title: 'Another scope', expect: INSUFFICIENT_SCOPE },
    () => 'sandbox:nothing',
  ),
  scoped({ id: 'scope/list', class: 'C18', title: 'Its scopes are a JSON list' }, (scope) =>
    scope.split(' '),
  ),
  scoped({ id: 'scope/comma', class: 'C18', title: 'Its scopes parted by commas' }, (scope) =>
    [...scope.split(' '), 'openid'].join(','),
  ),
  scoped({ id: 'scope/tab', class: 'C18', title: 'Its scopes parted by tabs' }, (scope) =>
    [...scope.split(' '), 'openid'].join('\t'),
  ),
  scoped(
    {
      id: 'scope/case',
      class: 'C18',
      title: 'Its scopes in other case',
      expect: INSUFFICIENT_SCOPE,
    },
    (scope) => (scope === scope.toUpperCase() ? scope.toLowerCase() : scope.toUpperCase()),
  ),
  scoped(
    {
      id: 'scope/shorter',
      class: 'C18',
      title: 'The beginnings of its scopes',
      expect: INSUFFICIENT_SCOPE,
    },
    (scope) => eachScope(scope, (one) => one.replace(/(?::[^:]*|.)$/, '')),
  ),
  scoped(
    {
      id: 'scope/longer',
      class: 'C18',
      title: 'Its scopes within longer ones',
      expect: INSUFFICIENT_SCOPE,
    },
    (scope) => eachScope(scope, (one) => `x${one}:x`),
  ),
];

function scoped(entry: Omit<About, 'sources'>, change: (scope: string) => unknown): Defect {
  return signed(
    { sources: SCOPE, expect: NO_SCOPE, ...entry },
    { edit: (draft) => withClaims(draft, { scope: change(textClaim(draft, 'scope')) }) },
  );
}

function eachScope(scopes: string, change: (scope: string) => string): string {
  return scopes.split(' ').map(change).join(' ');
}
