import type { webcrypto } from 'node:crypto';
import type * as oauth from 'openid-client';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Context } from './context.ts';
import { type ClientInput, connectClient, type ReadyClient, request } from './oauth-client.ts';
import { byCode, byDevice, byExchange, type FlowInput } from './token-flows.ts';

export type TokenFlow = 'client_credentials' | 'pkce' | 'device' | 'exchange';

export interface GetInput extends ClientInput, FlowInput {
  flow: TokenFlow;
  /** Binds the token to a new key. */
  dpop: boolean;
}

/** The answer of the token endpoint (RFC 6749 §5.1). */
export interface IssuedToken {
  accessToken: string;
  tokenType: string;
  expiresInS: number;
  scope: string | null;
  refreshToken: string | null;
  idToken: string | null;
  /** The private key the token is bound to (RFC 9449). */
  dpopKey: webcrypto.JsonWebKey | null;
}

/**
 * Gets a token by a real flow, from the running issuer or any other.
 * @throws FintechError TOKEN_UNKNOWN_CLIENT, TOKEN_UNKNOWN_PERSONA, SANDBOX_NOT_RUNNING, TOKEN_ISSUER_REFUSED
 */
export async function getToken(context: Context, input: GetInput): Promise<Outcome<IssuedToken>> {
  try {
    const client = await connectClient(context, input);
    const { library, config } = client;
    const pair = input.dpop
      ? await library.randomDPoPKeyPair('ES256', { extractable: true })
      : null;
    const options = pair === null ? {} : { DPoP: library.getDPoPHandle(config, pair) };
    const answer = await FLOWS[input.flow](context, input, { ...client, options });
    const dpopKey = pair && (await crypto.subtle.exportKey('jwk', pair.privateKey));
    return { data: { ...issuedToken(answer), dpopKey } };
  } catch (error) {
    context.signal.throwIfAborted();
    throw refusalOf(error, input);
  }
}

type Flow = (
  context: Context,
  input: FlowInput,
  client: ReadyClient,
) => Promise<oauth.TokenEndpointResponse>;

const FLOWS: Readonly<Record<TokenFlow, Flow>> = {
  client_credentials: (_context, { scopes }, { library, config, resource, options }) =>
    library.clientCredentialsGrant(config, request(scopes, resource), options),
  pkce: byCode,
  device: byDevice,
  exchange: byExchange,
};

function issuedToken(answer: oauth.TokenEndpointResponse): Omit<IssuedToken, 'dpopKey'> {
  return {
    accessToken: answer.access_token,
    tokenType: answer.token_type === 'dpop' ? 'DPoP' : 'Bearer',
    expiresInS: answer.expires_in ?? 0,
    scope: answer.scope ?? null,
    refreshToken: answer.refresh_token ?? null,
    idToken: answer.id_token ?? null,
  };
}

function refusalOf(error: unknown, { issuer }: GetInput): unknown {
  if (error instanceof FintechError || !(error instanceof Error)) return error;
  const name = issuer === undefined ? 'the issuer' : `the issuer ${issuer}`;
  if (issuer === undefined && hasErrnoCode(error.cause, 'ECONNREFUSED')) {
    return new FintechError('SANDBOX_NOT_RUNNING', 'no issuer answers', {
      hint: 'Run `fintech up`; `fintech token mint` works without it.',
    });
  }
  const { error: code, error_description: description, status } = refusalIn(error);
  const said = printable(code);
  if (said === undefined) {
    const why = printable(messageOf(error.cause ?? error)) ?? 'it failed';
    return new FintechError('TOKEN_ISSUER_REFUSED', `${name} did not answer as it should`, {
      hint: `It is: ${why}.`,
      details: { status: status ?? null, error: null },
    });
  }
  const more = printable(description);
  return new FintechError(
    'TOKEN_ISSUER_REFUSED',
    `${name} refused: ${said}${more === undefined ? '' : `, ${more}`}`,
    {
      hint: 'A client gets the scopes fintech.yaml gives it, each at its own --aud, by the grants it has.',
      details: { status: status ?? null, error: said },
    },
  );
}

/** A 401 says it in its challenge (RFC 9110 §11.6.1), other answers in their body. */
function refusalIn(error: Error): Refusal {
  const { cause } = error;
  if (!Array.isArray(cause)) return error as Refusal;
  const [challenge] = cause as { parameters?: Refusal }[];
  return { ...challenge?.parameters, status: 401 };
}

interface Refusal {
  error?: unknown;
  error_description?: unknown;
  status?: number;
}

/** RFC 6749 §5.2: both fields are printable ASCII; anything else is not shown. */
function printable(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,300}$/.test(value) ? value : undefined;
}
