import { type Problem, problem } from '../../kernel/problem.ts';
import type { ScopeNeed } from './bearer.ts';
import type { RefusalReason, TokenRefusal, TokenUse } from './contract.ts';
import { REFUSAL_TEXT } from './refusal-text.ts';

/** A whole answer to a request that may not enter. It never holds any of the token. */
export interface AccessAnswer {
  /** 400, 401, 403 or 503. */
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  problem: Problem;
}

/** How the token came, and the algorithms of proofs where the scheme DPoP is known. */
export interface ChallengeContext {
  scheme: TokenUse['scheme'];
  proofAlgorithms: readonly string[] | undefined;
}

const TRANSPORT_TEXT = {
  malformed: 'The Authorization field is not of the form: Bearer <token>.',
  repeated: 'The request carries more than one Authorization field.',
  'in-query': 'A token in the query is not accepted; send it as Authorization: Bearer <token>.',
} as const;

/** A request without a token is told every scheme, and of no error (RFC 6750 §3.1, RFC 9449 §7.2). */
export function transportAnswer(
  fault: 'missing' | keyof typeof TRANSPORT_TEXT,
  proofAlgorithms: readonly string[] | undefined,
): AccessAnswer {
  if (fault === 'missing') {
    const detail = REFUSAL_TEXT.missing;
    return answer(problem(401, 'token-missing', { title: 'Token missing', detail }), [
      challenge('Bearer', {}),
      ...(proofAlgorithms === undefined ? [] : [challenge('DPoP', {}, proofAlgorithms)]),
    ]);
  }
  const detail = TRANSPORT_TEXT[fault];
  return answer(problem(400, 'token-request', { title: 'Token sent in a wrong way', detail }), [
    challenge('Bearer', { error: 'invalid_request', error_description: detail }),
  ]);
}

const UNAVAILABLE: ReadonlySet<RefusalReason> = new Set([
  'keys-unavailable',
  'status-unavailable',
  'memory-full',
]);

/** Errors that are not `invalid_token`: RFC 9449 §7.1, RFC 9470 §3. */
const ERRORS: Readonly<Partial<Record<RefusalReason, string>>> = {
  'proof-missing': 'invalid_dpop_proof',
  'proof-invalid': 'invalid_dpop_proof',
  'proof-nonce': 'use_dpop_nonce',
  authentication: 'insufficient_user_authentication',
};

/** The answer to a refused token: mostly 401 `invalid_token`. */
export function refusalAnswer(refusal: TokenRefusal, context: ChallengeContext): AccessAnswer {
  const { reason, detail, parameters, nonce } = refusal;
  if (UNAVAILABLE.has(reason)) {
    const body = problem(503, reason, { title: 'Tokens cannot be checked', detail });
    return answer(body, [], { 'retry-after': '1' });
  }
  if (reason === 'owner') {
    return answer(problem(403, 'not-the-owner', { title: 'Not the owner', detail }), []);
  }
  const rest = { title: 'Token refused', detail, reason };
  const error = ERRORS[reason] ?? 'invalid_token';
  // A bound token sent as Bearer is asked for with the scheme it needs (RFC 9449 §7.2).
  const scheme = reason === 'scheme' ? otherThan(context.scheme) : context.scheme;
  return answer(
    problem(401, 'token-refused', rest),
    [
      challenge(
        scheme,
        { error, error_description: detail, ...parameters },
        context.proofAlgorithms,
      ),
    ],
    nonce === undefined ? {} : { 'dpop-nonce': nonce },
  );
}

function otherThan(scheme: TokenUse['scheme']): TokenUse['scheme'] {
  return scheme === 'Bearer' ? 'DPoP' : 'Bearer';
}

/** RFC 6750 §3.1: the `scope` attribute names what is needed; with `any`, one of it would do. */
export function scopeAnswer(
  { all = [], any = [] }: ScopeNeed,
  { scheme, proofAlgorithms }: ChallengeContext,
): AccessAnswer {
  const wanted = [
    ...(all.length > 0 ? [`all of: ${all.join(' ')}`] : []),
    ...(any.length > 0 ? [`one of: ${any.join(' ')}`] : []),
  ];
  const detail = `The token lacks scope; needed is ${wanted.join(', and ')}.`;
  const scope = [...new Set([...all, ...any])].join(' ');
  const parameters = { error: 'insufficient_scope', error_description: detail, scope };
  return answer(problem(403, 'scope-insufficient', { title: 'Scope insufficient', detail }), [
    challenge(scheme, parameters, proofAlgorithms),
  ]);
}

/** RFC 9110 §11.6.1; `algs` are those of proofs (RFC 9449 §7.1). */
function challenge(
  scheme: TokenUse['scheme'],
  parameters: Readonly<Record<string, string>>,
  proofAlgorithms: readonly string[] = [],
): string {
  const algs = scheme === 'DPoP' ? { algs: proofAlgorithms.join(' ') } : {};
  const all = Object.entries({ realm: 'fintech', ...parameters, ...algs });
  return `${scheme} ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

function answer(
  body: Problem,
  challenges: readonly string[],
  headers: Record<string, string> = {},
): AccessAnswer {
  return {
    status: body.status,
    headers: {
      ...(challenges.length === 0 ? {} : { 'www-authenticate': challenges.join(', ') }),
      'cache-control': 'no-store',
      ...headers,
    },
    problem: body,
  };
}
