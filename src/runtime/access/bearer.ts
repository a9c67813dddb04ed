import type { AccessClaims, TokenUse, TokenVerifier } from './contract.ts';
import { type AccessAnswer, refusalAnswer, scopeAnswer, transportAnswer } from './access-answer.ts';

/** What of a request decides who may enter, free of any HTTP framework. */
export interface BearerRequest extends Omit<TokenUse, 'scheme'> {
  /** Every `Authorization` field of the request, not joined. */
  authorization: readonly string[];
  /** The query without its question mark. */
  query: string;
}

/** The scopes a request needs: each of `all`, and one of `any` where there are some. */
export interface ScopeNeed {
  all?: readonly string[] | undefined;
  any?: readonly string[] | undefined;
}

export type Authorization =
  | { ok: true; claims: AccessClaims; scopes: ReadonlySet<string> }
  | { ok: false; answer: AccessAnswer; clientId?: string };

export type BearerReading =
  | { ok: true; scheme: TokenUse['scheme']; token: string }
  | { ok: false; fault: 'missing' | 'malformed' | 'repeated' | 'in-query' };

/** RFC 6750 §2.1, RFC 9449 §7.1, with one space; the scheme's case does not matter (RFC 9110 §11.1). */
const CREDENTIALS = /^(bearer|dpop) ([A-Za-z0-9\-._~+/]+=*)$/i;
const SCHEME = /^(bearer|dpop)(?:[ \t]|$)/i;

/**
 * Reads the token of a request by RFC 6750 §2.1, the one way that is supported. Another scheme is
 * no attempt with a token (`missing`, §3.1); a token in the query (§2.3) is refused.
 * @param knowsDpop whether DPoP is a scheme here, or another one
 */
export function readBearer(
  { authorization, query }: Pick<BearerRequest, 'authorization' | 'query'>,
  knowsDpop = false,
): BearerReading {
  if (query !== '' && new URLSearchParams(query).has('access_token')) {
    return { ok: false, fault: 'in-query' };
  }
  const [field, ...others] = authorization;
  if (field === undefined) return { ok: false, fault: 'missing' };
  if (others.length > 0) return { ok: false, fault: 'repeated' };
  const named = SCHEME.exec(field)?.[1]?.toLowerCase();
  if (named === undefined && field !== '') return { ok: false, fault: 'missing' };
  if (named === 'dpop' && !knowsDpop) return { ok: false, fault: 'missing' };
  const token = CREDENTIALS.exec(field)?.[2];
  if (token === undefined) return { ok: false, fault: 'malformed' };
  return { ok: true, scheme: named === 'dpop' ? 'DPoP' : 'Bearer', token };
}

/** Lets a request in, or says how to refuse it: token, then scopes (RFC 6750 §3.1). */
export async function authorizeBearer(
  request: BearerRequest,
  verifier: TokenVerifier,
  need: ScopeNeed,
): Promise<Authorization> {
  const { proofAlgorithms } = verifier;
  const reading = readBearer(request, proofAlgorithms !== undefined);
  if (!reading.ok) return { ok: false, answer: transportAnswer(reading.fault, proofAlgorithms) };
  const { scheme, token } = reading;
  const verdict = await verifier.verify(token, { ...request, scheme });
  if (!verdict.ok)
    return { ok: false, answer: refusalAnswer(verdict, { scheme, proofAlgorithms }) };
  const { claims, scopes } = verdict;
  if (holds(scopes, need)) return { ok: true, claims, scopes };
  const answer = scopeAnswer(need, { scheme, proofAlgorithms });
  return { ok: false, answer, clientId: claims.client_id };
}

function holds(scopes: ReadonlySet<string>, { all = [], any = [] }: ScopeNeed): boolean {
  const has = (scope: string) => scopes.has(scope);
  return all.every(has) && (any.length === 0 || any.some(has));
}
