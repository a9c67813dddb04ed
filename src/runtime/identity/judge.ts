import { compactVerify } from 'jose';
import { FintechError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';
import { DEFAULT_ALGORITHMS } from '../access/algorithms.ts';
import { decodeCompactToken } from '../access/compact-token.ts';
import type { RefusalReason, TokenVerdict } from '../access/contract.ts';
import { faultInHeader } from '../access/header.ts';
import { fixedJwks, type JwksSource } from '../access/jwks-source.ts';
import { REFUSAL_TEXT } from '../access/refusal-text.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';

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
] as const;
type JudgementStep = (typeof JUDGEMENT_STEPS)[number];

export interface Judgement {
  accepted: boolean;
  /** Why it was refused. */
  reason?: RefusalReason;
  /** The same in a sentence. */
  detail?: string;
  steps: { step: JudgementStep; result: 'passed' | 'failed' | 'not reached' }[];
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
  const { issuer, audience, typ = 'at+jwt' } = rules;
  const verdict = rules.signatureOnly
    ? await judgeSignature(token, keys, algorithms)
    : await createTokenVerifier({ issuer, audience, typ, keys, clock, algorithms }).verify(token);
  const steps = rules.signatureOnly
    ? JUDGEMENT_STEPS.slice(0, JUDGEMENT_STEPS.indexOf('signature') + 1)
    : JUDGEMENT_STEPS;
  return judgementOf(token, verdict, steps);
}

type Verdict = { ok: true } | Extract<TokenVerdict, { ok: false }>;

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

function refused(reason: RefusalReason): Verdict {
  return { ok: false, reason, detail: REFUSAL_TEXT[reason] };
}

function judgementOf(token: string, verdict: Verdict, steps: readonly JudgementStep[]): Judgement {
  if (verdict.ok) {
    return { accepted: true, steps: steps.map((step) => ({ step, result: 'passed' })) };
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
};

/** Some reasons can arise early or late; what the token itself shows tells which it was. */
function failedStep(token: string, reason: RefusalReason): JudgementStep {
  const decoded = decodeCompactToken(token);
  if (!decoded.ok) return 'form';
  if (faultInHeader(decoded.header) === reason && reason !== 'algorithm') return 'header';
  return STEP_OF[reason] ?? 'form';
}
