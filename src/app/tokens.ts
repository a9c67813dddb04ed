import { FintechError } from '../kernel/errors.ts';
import { seededRandom } from '../kernel/random.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { CLI_CLIENT_ID } from '../model/names.ts';
import {
  formatToken,
  type MintedToken,
  RESERVED_CLAIMS,
  type SigningAlgorithm,
  type TokenOutput,
  type TokenRequest,
} from '../model/token-request.ts';
import { createMinter, isAboutProofs } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import type { GivenToken } from './broken-token.ts';
import { chooseDefects } from './defects.ts';
import { useKeys } from './keys.ts';
import { choosePersona, chooseScopes } from './token-subject.ts';
import { componentUrl, findWorkspace, issuerUrl, type Workspace } from './workspace.ts';

export interface MintInput {
  persona: string | undefined;
  /** In place of the persona's. */
  scopes: readonly string[] | undefined;
  audience: string;
  lifetimeS: number;
  /** Milliseconds since the epoch; now where it is left out. */
  atMs: number | undefined;
  skewMs: number;
  claims: Readonly<Record<string, unknown>>;
  algorithm: SigningAlgorithm;
  issuer: string | undefined;
  ownsIssuer: boolean;
  /** Several break it in as many ways at once. */
  defects: readonly string[];
  /** The good token without them: it differs in nothing else. */
  twin: boolean;
  /** Breaks this token in place of a new one. */
  from: GivenToken | undefined;
  /** Where defects that point somewhere lead. */
  callback: string | undefined;
  /** Binds it to a key, with a proof for this request; without a `url`, for its usual target. */
  proof: { method: string; url: string | undefined; nonce: string | undefined } | undefined;
  seed: string | undefined;
  count: number;
  output: TokenOutput;
  /** Written as they are made, and not kept. */
  streamed: boolean;
}

export interface MintedTokens {
  output: TokenOutput;
  /** Where such a token is meant to be sent, and how. */
  target: string;
  method: string;
  /** Empty when they were streamed. */
  tokens: MintedToken[];
}

/** The request of a proof, unless told. */
const PLAIN_REQUEST = { method: 'GET', nonce: undefined };
const BATCH_CHARACTERS = 64 * 1024;

/**
 * Mints test tokens. Offline: it reads the key folder and `fintech.yaml`, nothing else. Only a key
 * made for it is handed to a sandbox that runs in Docker, before the first token is written.
 * @throws FintechError TOKEN_UNKNOWN_PERSONA, TOKEN_UNKNOWN_SCOPE, TOKEN_UNKNOWN_DEFECT,
 *   TOKEN_FOREIGN_ISSUER, USAGE_INVALID, KEYS_UNREADABLE
 */
export async function mintTokens(
  context: Context,
  input: MintInput,
): Promise<Outcome<MintedTokens>> {
  const workspace = await findWorkspace(context);
  const chosen = input.defects.length === 0 ? [] : await chooseDefects(input.defects);
  const defects = input.twin ? [] : chosen;
  const component = input.audience === 'events' ? 'events' : 'gateway';
  const usual = await componentUrl(context, workspace, component);
  const target = { ...(input.proof ?? PLAIN_REQUEST), url: input.proof?.url ?? usual };
  const { from, output, count } = input;
  const data = { output, target: target.url, method: target.method };
  if (from !== undefined) {
    // Loaded now: it can ask an issuer for keys, and minting must be quick.
    const { breakGivenToken } = await import('./broken-token.ts');
    const minted = await breakGivenToken(context, workspace, { ...input, ...from, defects });
    return { data: { ...data, tokens: [minted] } };
  }
  const request = await requestOf(context, workspace, input);
  const random = input.seed === undefined ? context.random : seededRandom(input.seed);
  const isBound = input.proof !== undefined || chosen.some(isAboutProofs);
  const tools = { random, defects, callback: input.callback, proof: isBound ? target : undefined };
  const mint = await useKeys(context, workspace, (keys) =>
    createMinter(request, { keys, ...tools }),
  );
  if (input.streamed) await stream(context, count, () => formatToken(mint(), output, target));
  const tokens = Array.from({ length: input.streamed ? 0 : count }, mint);
  return { data: { ...data, tokens } };
}

/** What of a `token mint` says what is in the token. */
type Asked = Pick<
  MintInput,
  | 'persona'
  | 'scopes'
  | 'audience'
  | 'lifetimeS'
  | 'atMs'
  | 'skewMs'
  | 'claims'
  | 'algorithm'
  | 'issuer'
  | 'ownsIssuer'
>;

/** @throws FintechError TOKEN_UNKNOWN_PERSONA, TOKEN_UNKNOWN_SCOPE, TOKEN_FOREIGN_ISSUER, USAGE_INVALID */
export async function requestOf(
  context: Context,
  workspace: Workspace | undefined,
  input: Asked,
): Promise<TokenRequest> {
  const { name, persona } = choosePersona(workspace?.config, input.persona);
  const { scopes, unheld } = chooseScopes(workspace?.config, persona, input.scopes);
  if (unheld.length > 0) {
    context.reporter.note(`note: ${name} does not hold ${unheld.join(' ')}; minted all the same`);
  }
  refuseReserved(persona.claims, `the persona ${name} sets`);
  refuseReserved(input.claims, '--claim sets');
  return {
    issuer: input.issuer === undefined ? await issuerUrl(context, workspace) : ownIssuer(input),
    subject: persona.subject,
    clientId: persona.clientId ?? CLI_CLIENT_ID,
    audience: input.audience,
    scopes,
    issuedAtMs: (input.atMs ?? context.clock.now()) + input.skewMs,
    lifetimeS: input.lifetimeS,
    algorithm: input.algorithm,
    claims: { ...persona.claims, ...input.claims },
  };
}

function refuseReserved(claims: Readonly<Record<string, unknown>>, who: string): void {
  for (const [claim, flag] of Object.entries(RESERVED_CLAIMS)) {
    if (!Object.hasOwn(claims, claim)) continue;
    throw new FintechError('USAGE_INVALID', `${who} the claim ${claim}, which is reserved`, {
      hint: `Use ${flag} for it.`,
    });
  }
}

/** Host names that belong to nobody else: loopback and the reserved ones of RFC 6761. */
const OWN_HOST =
  /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?(?:test|example))$/;

/** A sandbox must not make tokens that speak for a real issuer by accident. */
function ownIssuer({ issuer = '', ownsIssuer }: Asked): string {
  const url = URL.parse(issuer);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FintechError('USAGE_INVALID', `--iss "${issuer}" is not an http or https address`, {
      hint: 'An issuer is a URL (RFC 8414 §2).',
    });
  }
  if (ownsIssuer || OWN_HOST.test(url.hostname)) return issuer;
  throw new FintechError('TOKEN_FOREIGN_ISSUER', `${url.hostname} may be a real issuer`, {
    hint: 'Use a host on loopback, under .test or .example, or add --i-own-this.',
    details: { issuer },
  });
}

/** Writes lines in large pieces, as fast as the reader takes them. */
async function stream(
  { reporter, signal }: Context,
  count: number,
  nextLine: () => string,
): Promise<void> {
  let batch = '';
  for (let made = 1; made <= count; made++) {
    batch += `${nextLine()}\n`;
    if (batch.length < BATCH_CHARACTERS && made < count) continue;
    await reporter.write(batch);
    signal.throwIfAborted();
    batch = '';
  }
}
