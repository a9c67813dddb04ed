/**
 * Scopes of open-banking profiles. One that ends in `:` takes a parameter: `AIS:<consentId>`.
 * UK Open Banking Read/Write API 4.0; Berlin Group NextGenPSD2 §13.1; FDX API 6, data clusters.
 */
export const SCOPE_PRESETS: readonly string[] = [
  'openid',
  'accounts',
  'payments',
  'fundsconfirmations',
  'AIS:',
  'PIS:',
  'PIIS:',
  'consent:',
  'fdx:accountbasic:read',
  'fdx:accountdetailed:read',
  'fdx:accountpayments:read',
  'fdx:balances:read',
  'fdx:bills:read',
  'fdx:customercontact:read',
  'fdx:customerpersonal:read',
  'fdx:images:read',
  'fdx:investments:read',
  'fdx:paymentsupport:read',
  'fdx:rewards:read',
  'fdx:statements:read',
  'fdx:tax:read',
  'fdx:transactions:read',
];

/** Whether a scope is one of those known, or one of them with its parameter. */
export function isKnownScope(scope: string, known: ReadonlySet<string>): boolean {
  if (scope.endsWith(':')) return false;
  return (
    known.has(scope) || [...known].some((name) => name.endsWith(':') && scope.startsWith(name))
  );
}
