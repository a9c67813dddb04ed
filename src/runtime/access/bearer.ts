import { type Problem, problem } from '../../kernel/problem.ts';
import type { AccessClaims, RefusalReason, TokenVerifier } from './contract.ts';
import { REFUSAL_TEXT } from './refusal-text.ts';

/** What of a request decides who may enter, free of any HTTP framework. */
export interface BearerRequest {
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

/** A whole answer to a request that may not enter. It never holds any of the token. */
interface AccessAnswer {
  /** 400, 401, 403 or 503. */
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  problem: Problem;
}

export type Authorization =
  | { ok: true; claims: AccessClaims; scopes: ReadonlySet<string> }
  | { ok: false; answer: AccessAnswer; clientId?: string };

export type BearerReading =
  | { ok: true; token: string }
  | { ok: false; fault: 'missing' | 'malformed' | 'repeated' | 'in-query' };

/** RFC 6750 §2.1 with one space; the scheme's case does not matter (RFC 9110 §11.1). */
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const BEARER_SCHEME = /^bearer(?:[ \t]|$)/i;

/**
 * Reads the token of a request by RFC 6750 §2.1, the one way that is supported. Another scheme is
 * no attempt with a token (`missing`, §3.1); a token in the query (§2.3) is refused.
 */
export function readBearer({ authorization, query }: BearerRequest): BearerReading {
  if (query !== '' && new URLSearchParams(query).has('access_token')) {
    return { ok: false, fault: 'in-query' };
  }
  const [field, ...others] = authorization;
  if (field === undefined) return { ok: false, fault: 'missing' };
  if (others.length > 0) return { ok: false, fault: 'repeated' };
  const token = BEARER.exec(field)?.[1];
  if (token !== undefined) return { ok: true, token };
  const isBearer = field === '' || BEARER_SCHEME.test(field);
  return { ok: false, fault: isBearer ? 'malformed' : 'missing' };
}

/** Lets a request in, or says how to refuse it: token, then scopes (RFC 6750 §3.1). */
export async function authorizeBearer(
  request: BearerRequest,
  verifier: TokenVerifier,
  need: ScopeNeed,
): Promise<Authorization> {
  const reading = readBearer(request);
  if (!reading.ok) return { ok: false, answer: transportAnswer(reading.fault) };
  const verdict = await verifier.verify(reading.token);
  if (!verdict.ok) return { ok: false, answer: refusalAnswer(verdict.reason, verdict.detail) };
  const { claims, scopes } = verdict;
  if (holds(scopes, need)) return { ok: true, claims, scopes };
  return { ok: false, answer: scopeAnswer(need), clientId: claims.client_id };
}

function holds(scopes: ReadonlySet<string>, { all = [], any = [] }: ScopeNeed): boolean {
  const has = (scope: string) => scopes.has(scope);
  return all.every(has) && (any.length === 0 || any.some(has));
}

const TRANSPORT_TEXT = {
  malformed: 'The Authorization field is not of the form: Bearer <token>.',
  repeated: 'The request carries more than one Authorization field.',
  'in-query': 'A token in the query is not accepted; send it as Authorization: Bearer <token>.',
} as const;

function transportAnswer(fault: 'missing' | keyof typeof TRANSPORT_TEXT): AccessAnswer {
  if (fault === 'missing') {
    const detail = REFUSAL_TEXT.missing;
    return answer(problem(401, 'token-missing', { title: 'Token missing', detail }), '');
  }
  const detail = TRANSPORT_TEXT[fault];
  return answer(
    problem(400, 'token-request', { title: 'Token sent in a wrong way', detail }),
    errorParameters('invalid_request', detail),
  );
}

/** The answer to a refused token: 401 `invalid_token`, or 503 when no keys can be had. */
function refusalAnswer(reason: RefusalReason, detail: string): AccessAnswer {
  if (reason === 'keys-unavailable') {
    const rest = { title: 'Tokens cannot be checked', detail };
    return {
      status: 503,
      headers: { 'retry-after': '1', 'cache-control': 'no-store' },
      problem: problem(503, reason, rest),
    };
  }
  return answer(
    problem(401, 'token-refused', { title: 'Token refused', detail, reason }),
    errorParameters('invalid_token', detail),
  );
}

/** RFC 6750 §3.1: the `scope` attribute names what is needed; with `any`, one of it would do. */
function scopeAnswer({ all = [], any = [] }: ScopeNeed): AccessAnswer {
  const wanted = [
    ...(all.length > 0 ? [`all of: ${all.join(' ')}`] : []),
    ...(any.length > 0 ? [`one of: ${any.join(' ')}`] : []),
  ];
  const detail = `The token lacks scope; needed is ${wanted.join(', and ')}.`;
  const scope = [...new Set([...all, ...any])].join(' ');
  return answer(
    problem(403, 'scope-insufficient', { title: 'Scope insufficient', detail }),
    `${errorParameters('insufficient_scope', detail)}, scope="${scope}"`,
  );
}

function errorParameters(code: string, description: string): string {
  return `, error="${code}", error_description="${description}"`;
}

function answer(body: Problem, parameters: string): AccessAnswer {
  return {
    status: body.status,
    headers: {
      'www-authenticate': `Bearer realm="fintech"${parameters}`,
      'cache-control': 'no-store',
    },
    problem: body,
  };
}
