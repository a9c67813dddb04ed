import { compactVerify } from 'jose';
import { FintechError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';
import type { ScopeClaim } from '../../model/config.ts';
import { DEFAULT_ALGORITHMS } from '../access/algorithms.ts';
import { decodeCompactToken } from '../access/compact-token.ts';
import type { RefusalReason, TokenVerdict } from '../access/contract.ts';
import { faultInHeader } from '../access/header.ts';
import { fixedJwks, type JwksSource } from '../access/jwks-source.ts';
import { ReplayMemory } from '../access/policies/replay-memory.ts';
import { refused } from '../access/refusal-text.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier, type TokenVerifierOptions } from '../access/verifier.ts';

/** What a token is judged by. */
export interface JudgementRules {
  /** A JWK Set, or the address of one. */
  keys: { jwks: unknown } | { url: string };
  issuer: string;
  audience: string;
  /** All that are asymmetric and known where it is left out. */
  algorithm?: string | undefined;
  typ?: 'at+jwt' | 'JWT' | 'any' | undefined;
  /** Judges form, header, key and signature; no claim. */
  signatureOnly: boolean;
  scopeClaim?: ScopeClaim | undefined;
  /** The proof of a token that is bound to a key, and the request both came with. */
  proof?: { proof: string; method: string; url: string } | undefined;
}

/** The steps of a judgement, in their order: nothing after a failed one was looked at. */
const JUDGEMENT_STEPS = [
  'form',
  'header',
  'algorithm',
  'key',
  'signature',
  'type',
  'claims',
  'issuer',
  'audience',
  'time',
  'binding',
  'proof',
] as const;
type JudgementStep = (typeof JUDGEMENT_STEPS)[number];

export interface Judgement {
  accepted: boolean;
  /** Why it was refused. */
  reason?: RefusalReason;
  /** The same in a sentence. */
  detail?: string;
  steps: { step: JudgementStep; result: 'passed' | 'failed' | 'not reached' }[];
  /** What an accepted token is good for. */
  scopes?: string[];
  /** Published keys that nothing is checked by, and why. */
  leftOut: { kid: string; why: string }[];
}

/**
 * Judges a token as the gateway and the event store do, by the same verifier.
 * @throws FintechError KEYS_UNREADABLE when there is no JWK Set to judge by
 */
export async function judgeToken(
  token: string,
  rules: JudgementRules,
  clock: Clock,
): Promise<Judgement> {
  const keys =
    'url' in rules.keys ? remoteJwks({ ...rules.keys, clock }) : fixedJwks(rules.keys.jwks);
  const algorithms = rules.algorithm === undefined ? DEFAULT_ALGORITHMS : [rules.algorithm];
  const verdict = rules.signatureOnly
    ? await judgeSignature(token, keys, algorithms)
    : await judgeUse(token, rules, { keys, clock, algorithms });
  const leftOut = [...((await keys.current())?.leftOut ?? [])];
  return { ...judgementOf(token, verdict, stepsOf(rules)), leftOut };
}

function stepsOf({ signatureOnly, proof }: JudgementRules): readonly JudgementStep[] {
  const last = signatureOnly ? 'signature' : proof === undefined ? 'binding' : 'proof';
  return JUDGEMENT_STEPS.slice(0, JUDGEMENT_STEPS.indexOf(last) + 1);
}

async function judgeUse(
  token: string,
  { issuer, audience, typ = 'at+jwt', scopeClaim, proof }: JudgementRules,
  tools: Pick<TokenVerifierOptions, 'keys' | 'clock' | 'algorithms'>,
): Promise<Verdict> {
  const options = { ...tools, issuer, audience, typ, scopeClaim };
  if (proof === undefined) return createTokenVerifier(options).verify(token);
  const { origin, pathname } = new URL(proof.url);
  const dpop = {
    isPublished: (other: string) => other === origin,
    memory: new ReplayMemory(),
  };
  return createTokenVerifier({ ...options, policies: { dpop } }).verify(token, {
    scheme: 'DPoP',
    method: proof.method,
    path: pathname,
    proofs: [proof.proof],
  });
}

type Verdict = { ok: true; scopes?: ReadonlySet<string> } | Extract<TokenVerdict, { ok: false }>;

async function judgeSignature(
  token: string,
  source: JwksSource,
  algorithms: readonly string[],
): Promise<Verdict> {
  const keySet = await source.current();
  if (keySet === undefined) return refused('keys-unavailable');
  const decoded = decodeCompactToken(token);
  if (!decoded.ok) return refused(decoded.reason);
  const { alg, kid } = decoded.header;
  const fault = faultInHeader(decoded.header);
  if (fault !== undefined) return refused(fault);
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return refused('algorithm');
  const key = typeof kid === 'string' ? keySet.keys.get(kid) : undefined;
  if (key === undefined) return refused('key-unknown');
  if (!key.algorithms.has(alg)) return refused('algorithm');
  return compactVerify(token, key.key, { algorithms: [alg] }).then(
    () => ({ ok: true }),
    () => refused('signature'),
  );
}

function judgementOf(
  token: string,
  verdict: Verdict,
  steps: readonly JudgementStep[],
): Omit<Judgement, 'leftOut'> {
  if (verdict.ok) {
    const { scopes } = verdict;
    return {
      accepted: true,
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      steps: steps.map((step) => ({ step, result: 'passed' })),
    };
  }
  const { reason, detail } = verdict;
  if (reason === 'keys-unavailable') {
    throw new FintechError('KEYS_UNREADABLE', 'No JWK Set can be had from that address.', {
      hint: 'Name the jwks_uri of the issuer, or a file.',
    });
  }
  const failed = steps.indexOf(failedStep(token, reason));
  const result = (index: number) =>
    index < failed ? 'passed' : index === failed ? 'failed' : 'not reached';
  return {
    accepted: false,
    reason,
    detail,
    steps: steps.map((step, index) => ({ step, result: result(index) })),
  };
}

const STEP_OF: Readonly<Partial<Record<RefusalReason, JudgementStep>>> = {
  algorithm: 'algorithm',
  'key-unknown': 'key',
  signature: 'signature',
  type: 'type',
  'claim-missing': 'claims',
  'claims-format': 'claims',
  issuer: 'issuer',
  audience: 'audience',
  expired: 'time',
  'not-yet-valid': 'time',
  'sender-constrained': 'binding',
  scheme: 'binding',
  'proof-missing': 'proof',
  'proof-invalid': 'proof',
  'proof-key': 'proof',
};

/** Some reasons can arise early or late; what the token itself shows tells which it was. */
function failedStep(token: string, reason: RefusalReason): JudgementStep {
  const decoded = decodeCompactToken(token);
  if (!decoded.ok) return 'form';
  if (faultInHeader(decoded.header) === reason && reason !== 'algorithm') return 'header';
  return STEP_OF[reason] ?? 'form';
}
