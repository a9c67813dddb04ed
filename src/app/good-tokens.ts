import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { bareToken, decodeToken } from '../runtime/identity/public.ts';
import { readBounded } from './bounded-input.ts';
import type { Context } from './context.ts';
import { MAX_TOKEN_BYTES } from './stdin-token.ts';

/** Where a good token of another issuer comes from: one of these, or none. */
export interface GoodTokenInput {
  /** A file, or - for stdin. */
  goodToken: string | undefined;
  tokenCommand: string | undefined;
  issuer: string | undefined;
  clientId: string | undefined;
  clientSecretEnv: string | undefined;
  audience: string | undefined;
  scopes: readonly string[] | undefined;
}

export interface GoodTokens {
  /** The same token as before while it lives. */
  token: () => Promise<string>;
  /** Where its issuer publishes its keys, if it said so. */
  jwksUri: string | undefined;
}

const COMMAND_TIMEOUT_MS = 60_000;
/** A token that ends this soon is replaced before it is sent. */
const SPARE_MS = 10_000;

/** @returns undefined where tokens are ours @throws FintechError TOKEN_SOURCE, USAGE_INVALID */
export async function goodTokensOf(
  context: Context,
  input: GoodTokenInput,
): Promise<GoodTokens | undefined> {
  const { goodToken, tokenCommand, issuer } = input;
  const given = [goodToken, tokenCommand, issuer].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new FintechError('USAGE_INVALID', 'good tokens would come from several places', {
      hint: 'Give one of --good-token, --token-command and --issuer.',
    });
  }
  if (goodToken !== undefined) {
    const token = await readToken(context, goodToken);
    return { token: async () => token, jwksUri: undefined };
  }
  if (tokenCommand !== undefined) {
    return { token: renewed(context, () => runCommand(context, tokenCommand)), jwksUri: undefined };
  }
  return issuer === undefined ? undefined : ofIssuer(context, { ...input, issuer });
}

/** A token of a file, or of stdin for `-`. @throws FintechError TOKEN_SOURCE */
export async function readToken(context: Context, place: string): Promise<string> {
  try {
    return tokenIn(await readBounded(context, place, MAX_TOKEN_BYTES));
  } catch (error) {
    throw noToken(`from ${place === '-' ? 'stdin' : place}: ${messageOf(error)}`);
  }
}

/** Whatever it is, it must fit into a header field. */
function tokenIn(text: string): string {
  const token = bareToken(text);
  if (token === '') throw new Error('it is empty');
  if (token.length > MAX_TOKEN_BYTES) throw new Error(`it has more than ${MAX_TOKEN_BYTES} bytes`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error('it is more than one word of visible ASCII');
  return token;
}

function noToken(why: string): FintechError {
  return new FintechError('TOKEN_SOURCE', `no good token can be had ${why}`, {
    hint: 'A good token is one that the API accepts: an access token, with or without `Bearer`.',
  });
}

/** Keeps a token as long as it lives; one that does not say how long is kept for good. */
function renewed({ clock }: Context, get: () => Promise<string>): () => Promise<string> {
  let kept: { token: string; untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && clock.now() < kept.untilMs) return kept.token;
    const token = await get();
    kept = { token, untilMs: endOf(token) - SPARE_MS };
    return token;
  };
}

function endOf(token: string): number {
  try {
    const { exp } = decodeToken(token).claims;
    return typeof exp === 'number' ? exp * 1000 : Infinity;
  } catch {
    return Infinity;
  }
}

/** Without a shell: parted at spaces into a program and its arguments, a backslash keeps one. */
async function runCommand(context: Context, command: string): Promise<string> {
  const { execa, parseCommandString } = await import('execa');
  const [program = '', ...args] = parseCommandString(command);
  const { cwd, environment, signal } = context;
  const { failed, stdout, exitCode, timedOut, cause } = await execa(program, args, {
    cwd,
    env: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)),
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'ignore',
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: MAX_TOKEN_BYTES,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (failed) {
    const why = hasErrnoCode(cause, 'ENOENT')
      ? 'there is no such program'
      : timedOut
        ? `it took longer than ${COMMAND_TIMEOUT_MS / 1000} s`
        : `it ended with ${exitCode ?? 'a signal'}`;
    throw noToken(`from --token-command (${program}): ${why}`);
  }
  try {
    return tokenIn(stdout);
  } catch (error) {
    throw noToken(`from --token-command (${program}): ${messageOf(error)}`);
  }
}

/** Client credentials (RFC 6749 §4.4) at an issuer found by discovery (RFC 8414). */
async function ofIssuer(
  context: Context,
  { issuer, clientId, clientSecretEnv, audience, scopes }: GoodTokenInput & { issuer: string },
): Promise<GoodTokens> {
  const secret = clientSecretEnv === undefined ? '' : (context.environment[clientSecretEnv] ?? '');
  if (clientId === undefined || secret === '') {
    throw new FintechError('USAGE_INVALID', '--issuer needs a client and its secret', {
      hint: 'Name --client-id, and by --client-secret-env a variable that holds its secret.',
    });
  }
  const server = URL.parse(issuer);
  if (server === null) throw new FintechError('USAGE_INVALID', '--issuer is no address');
  const { allowInsecureRequests, clientCredentialsGrant, discovery } =
    await import('openid-client');
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  try {
    const found = await discovery(server, clientId, secret, undefined, {
      // Beyond this machine, secrets travel by TLS only.
      execute: isLocal ? [allowInsecureRequests] : [],
    });
    const get = async () => {
      const answer = await clientCredentialsGrant(found, {
        ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
        ...(audience === undefined ? {} : { resource: audience }),
      }).catch((error: unknown) => {
        throw refusedBy(issuer, error);
      });
      return tokenIn(answer.access_token);
    };
    return { token: renewed(context, get), jwksUri: found.serverMetadata().jwks_uri };
  } catch (error) {
    context.signal.throwIfAborted();
    throw refusedBy(issuer, error);
  }
}

/** The error code of RFC 6749 §5.2, or what kept us from one. No answer is repeated. */
function refusedBy(issuer: string, error: unknown): FintechError {
  if (error instanceof FintechError) return error;
  const code = error instanceof Error && 'error' in error ? String(error.error) : messageOf(error);
  return noToken(`of ${issuer}: ${/^[\x20-\x7e]{1,200}$/.test(code) ? code : 'it failed'}`);
}
