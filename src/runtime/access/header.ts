import type { RefusalReason } from './contract.ts';

/** Header members that let a token choose its own key (RFC 8725 §3.10). */
const KEY_MEMBERS = ['jwk', 'jku', 'x5c', 'x5u'];
/** Members of other forms: unencoded payloads (RFC 7797 §7), encryption (RFC 7516). */
const FOREIGN_MEMBERS = ['b64', 'zip', 'enc', 'epk', 'p2c', 'p2s'];

/** Why the header of a token is refused before its key is looked up; undefined when it may pass. */
export function faultInHeader(header: Record<string, unknown>): RefusalReason | undefined {
  const has = (member: string) => Object.hasOwn(header, member);
  if (typeof header['alg'] !== 'string') return 'algorithm';
  if (has('crit')) return 'critical';
  if (KEY_MEMBERS.some(has)) return 'embedded-key';
  if (FOREIGN_MEMBERS.some(has)) return 'header';
  // RFC 7519 §5.2: `cty` marks a nested JWT, which an access token never is.
  return has('cty') ? 'type' : undefined;
}
