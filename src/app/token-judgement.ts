import { FintechError } from '../kernel/errors.ts';
import { printable } from '../kernel/printable.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { formatInstant } from '../kernel/time.ts';
import type { SigningAlgorithm } from '../model/token-request.ts';
import {
  bareToken,
  type DecodedToken,
  decodeToken,
  type Judgement,
  type JudgementRules,
  judgeToken,
} from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { useKeys } from './keys.ts';
import { jwksUriOf } from './issuer-metadata.ts';
import { readJwksFile } from './jwks-file.ts';
import { readStdinToken } from './stdin-token.ts';
import { findWorkspace, issuerUrl, type Workspace } from './workspace.ts';

/** What a token says, unchecked. */
export interface InspectedToken extends DecodedToken {
  /** Its NumericDate claims (RFC 7519 §2) as RFC 3339. */
  times: Record<string, string>;
}

export interface VerifyInput {
  /** The token, or undefined to read stdin. */
  token: string | undefined;
  /** File or address of a JWK Set; the project's own where it is left out. */
  jwks: string | undefined;
  /** An issuer whose keys are found by discovery, and which `iss` must name. */
  issuerUrl: string | undefined;
  /** What `iss` must be instead. */
  issuer: string | undefined;
  audience: string;
  algorithm: SigningAlgorithm | undefined;
  /** As `identity.typ` says where it is left out. */
  typ: 'at+jwt' | 'JWT' | 'any' | undefined;
  signatureOnly: boolean;
  proof: { proof: string; method: string; url: string } | undefined;
}

export interface VerifiedToken extends Judgement {
  issuer: string;
  audience: string;
}

const TIME_CLAIMS = ['iat', 'nbf', 'exp', 'auth_time', 'updated_at'];
const MAX_DATE_S = 8.64e12;

/** Decodes a token without judging it. @throws FintechError TOKEN_MALFORMED */
export async function inspectToken(
  context: Context,
  token: string | undefined,
): Promise<Outcome<InspectedToken>> {
  const decoded = decodeToken(bareToken(token ?? (await readStdinToken(context))));
  for (const remark of decoded.remarks) context.reporter.warn(remark);
  return { data: { ...decoded, times: timesOf(decoded.claims) } };
}

/** Judges a token as the components do; the failure says why it was refused. */
export async function verifyToken(
  context: Context,
  input: VerifyInput,
): Promise<Outcome<VerifiedToken>> {
  const workspace = await findWorkspace(context);
  const token = bareToken(input.token ?? (await readStdinToken(context)));
  const { typ, scopeClaim } = workspace?.config.identity ?? {};
  const rules: JudgementRules = {
    ...input,
    issuer: input.issuer ?? input.issuerUrl ?? (await issuerUrl(context, workspace)),
    typ: input.typ ?? typ,
    scopeClaim,
    keys: await keysFor(context, workspace, input),
  };
  const { issuer, audience } = rules;
  const judgement = await judgeToken(token, rules, context.clock);
  for (const { kid, why } of judgement.leftOut) {
    context.reporter.warn(`The key ${shown(kid)} is left out: ${why}.`);
  }
  const data = { ...judgement, issuer, audience };
  return judgement.accepted ? { data } : { data, failure: refusal(token, data, input.proof) };
}

async function keysFor(
  context: Context,
  workspace: Workspace | undefined,
  { jwks, issuerUrl: named }: VerifyInput,
): Promise<JudgementRules['keys']> {
  if (jwks !== undefined) return foreignKeys(context, jwks);
  if (named !== undefined) return { url: await jwksUriOf(context, named) };
  return { jwks: await useKeys(context, workspace, (keys) => keys.jwks()) };
}

function refusal(token: string, judged: VerifiedToken, proof: VerifyInput['proof']): FintechError {
  const { reason, detail = '' } = judged;
  const all = { ...findings(token, judged), ...proofFindings(proof) };
  const found = reason === undefined ? undefined : all[reason];
  return new FintechError('TOKEN_REFUSED', `refused (${reason}): ${detail}`, {
    hint: found ?? 'Run `fintech token inspect` to see what it says.',
    details: { reason },
  });
}

/** What the token says where it matters, beside what was expected. */
function findings(token: string, { issuer, audience }: VerifiedToken): Record<string, string> {
  try {
    const { claims } = decodeToken(token);
    const { exp, iat, nbf = iat } = timesOf(claims);
    return {
      issuer: `iss is ${shown(claims['iss'])}, expected ${shown(issuer)}; see --iss.`,
      audience: `aud is ${shown(claims['aud'])}, expected ${shown(audience)}; see --aud.`,
      ...(exp === undefined ? {} : { expired: `It expired at ${exp}.` }),
      ...(nbf === undefined ? {} : { 'not-yet-valid': `It is valid from ${nbf} on.` }),
    };
  } catch {
    return {};
  }
}

function proofFindings(proof: VerifyInput['proof']): Record<string, string> {
  if (proof === undefined) {
    return { 'sender-constrained': 'Give its proof with --dpop-proof, --method and --url.' };
  }
  try {
    const { htm, htu, ...claims } = decodeToken(proof.proof).claims;
    const { iat = 'no time' } = timesOf(claims);
    const text = `The proof is for ${shown(htm)} ${shown(htu)}, made at ${iat}.`;
    return { 'proof-invalid': text, 'proof-key': text };
  } catch {
    return {};
  }
}

function shown(value: unknown): string {
  return printable(JSON.stringify(value) ?? 'missing').slice(0, 200);
}

function timesOf(claims: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    TIME_CLAIMS.flatMap((claim) => {
      const seconds = claims[claim];
      const isDate = typeof seconds === 'number' && Math.abs(seconds) <= MAX_DATE_S;
      return isDate ? [[claim, formatInstant(seconds * 1000)]] : [];
    }),
  );
}

async function foreignKeys(context: Context, named: string): Promise<JudgementRules['keys']> {
  if (/^https?:\/\//.test(named)) return { url: named };
  return { jwks: await readJwksFile(context, named) };
}
