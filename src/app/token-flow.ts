import { Agent, request } from 'undici';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { type Audience, resourceOf } from '../model/names.ts';
import type { Context } from './context.ts';
import { projectKeys } from './keys.ts';
import { componentUrl, loadWorkspace, type Workspace } from './workspace.ts';

export interface GetInput {
  client: string;
  /** All the client holds at the audience where it is left out. */
  scopes: readonly string[] | undefined;
  audience: Audience;
}

/** The answer of the token endpoint (RFC 6749 §5.1). */
export interface IssuedToken {
  accessToken: string;
  tokenType: string;
  expiresInS: number;
  scope: string | null;
}

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Gets a token by client credentials (RFC 6749 §4.4) from the running issuer.
 * @throws FintechError TOKEN_UNKNOWN_CLIENT, SANDBOX_NOT_RUNNING, TOKEN_ISSUER_REFUSED
 */
export async function getToken(context: Context, input: GetInput): Promise<Outcome<IssuedToken>> {
  const workspace = await loadWorkspace(context);
  demandClient(workspace, input.client);
  const identity = await componentUrl(context, workspace, 'identity');
  const secret = projectKeys(context, workspace).clientSecret(input.client);
  const credentials = `${encodeURIComponent(input.client)}:${encodeURIComponent(secret)}`;
  const answer = await post(context, `${identity}/token`, {
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: resourceOf(input.audience),
      ...(input.scopes === undefined ? {} : { scope: input.scopes.join(' ') }),
    }).toString(),
  });
  return { data: issuedToken(answer) };
}

function demandClient({ config }: Workspace, client: string): void {
  const known = [
    ...new Set([
      ...Object.keys(config.identity?.clients ?? {}),
      ...Object.keys(config.services ?? {}),
    ]),
  ];
  if (known.includes(client)) return;
  const suggestion = didYouMean(client, known);
  throw new FintechError('TOKEN_UNKNOWN_CLIENT', `no client "${client}".${suggestion}`, {
    hint:
      known.length === 0
        ? 'Add it to identity.clients of fintech.yaml.'
        : `Known are ${known.join(', ')}.`,
    details: { client, known },
  });
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function post(
  { signal }: Context,
  url: string,
  { authorization, body }: { authorization: string; body: string },
): Promise<Answer> {
  const agent = new Agent({ maxResponseSize: MAX_ANSWER_BYTES, connect: { timeout: TIMEOUT_MS } });
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body,
      signal,
      dispatcher: agent,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return { status: response.statusCode, body: asObject(await response.body.text()) };
  } catch (error) {
    signal.throwIfAborted();
    if (hasErrnoCode(error, 'ECONNREFUSED')) {
      throw new FintechError('SANDBOX_NOT_RUNNING', `nothing answers at ${url}`, {
        hint: 'Run `fintech up`; `fintech token mint` works without it.',
      });
    }
    throw new FintechError('TOKEN_ISSUER_REFUSED', `the issuer at ${url} did not answer`, {
      hint: `It said: ${messageOf(error)}.`,
    });
  } finally {
    await agent.destroy();
  }
}

function asObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? { ...value } : {};
  } catch {
    return {};
  }
}

function issuedToken({ status, body }: Answer): IssuedToken {
  const { access_token: accessToken, token_type: tokenType, expires_in: expiresInS, scope } = body;
  if (
    status === 200 &&
    typeof accessToken === 'string' &&
    typeof tokenType === 'string' &&
    typeof expiresInS === 'number'
  ) {
    return { accessToken, tokenType, expiresInS, scope: typeof scope === 'string' ? scope : null };
  }
  const error = printable(body['error']) ?? `status ${status}`;
  const description = printable(body['error_description']);
  throw new FintechError(
    'TOKEN_ISSUER_REFUSED',
    `the issuer refused: ${error}${description === undefined ? '' : `, ${description}`}`,
    {
      hint: 'A client gets the scopes fintech.yaml gives it, each at its own --aud.',
      details: { status, error },
    },
  );
}

/** RFC 6749 §5.2: both fields are printable ASCII; anything else is not shown. */
function printable(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,300}$/.test(value) ? value : undefined;
}
