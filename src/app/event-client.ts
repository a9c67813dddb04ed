import { type Dispatcher, request } from 'undici';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { type Audience, CLI_CLIENT_ID } from '../model/names.ts';
import { DEFAULT_LIFETIME_S, type TokenRequest } from '../model/token-request.ts';
import { mintAccessToken } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { useKeys } from './keys.ts';
import { componentUrl, issuerUrl, type Workspace } from './workspace.ts';

const HEADERS_MS = 30_000;

/** A short token of the CLI itself, for the event store, control calls, or to act for a persona. */
export async function ownToken(
  context: Context,
  workspace: Workspace,
  grant: { audience: Audience; scopes: readonly string[]; subject?: string },
): Promise<string> {
  const request: TokenRequest = {
    issuer: await issuerUrl(context, workspace),
    subject: grant.subject ?? CLI_CLIENT_ID,
    clientId: CLI_CLIENT_ID,
    audience: grant.audience,
    scopes: grant.scopes,
    issuedAtMs: context.clock.now(),
    lifetimeS: DEFAULT_LIFETIME_S,
    algorithm: 'ES256',
    claims: {},
  };
  return useKeys(context, workspace, (keys) =>
    mintAccessToken(request, { keys, random: context.random }),
  );
}

export interface EventRequest {
  method: 'GET' | 'POST';
  /** Path and query, from the store's root. */
  path: string;
  body?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Asks one event store. */
export type Ask = (request: EventRequest) => Promise<Dispatcher.ResponseData>;

/** An event store, and what opens it. */
export interface EventStore {
  url: string;
  token: string;
  /** What to do where it does not answer. */
  hint: string;
}

/**
 * Asks the running event store.
 * @throws FintechError EVENTS_UNREACHABLE, or EVENTS_REFUSED with the store's own words
 */
export async function askEvents(
  context: Context,
  workspace: Workspace,
  request: EventRequest,
): Promise<Dispatcher.ResponseData> {
  const url = await componentUrl(context, workspace, 'events');
  const scope = request.method === 'GET' ? 'events:read' : 'events:append';
  const token = await ownToken(context, workspace, { audience: 'events', scopes: [scope] });
  return askStore(context, { url, token, hint: 'Run `fintech up`.' }, request);
}

/** @throws FintechError EVENTS_UNREACHABLE, or EVENTS_REFUSED with the store's own words */
export async function askStore(
  { signal }: Context,
  { url, token, hint }: EventStore,
  { method, path, body, headers }: EventRequest,
): Promise<Dispatcher.ResponseData> {
  const answer = await request(`${url}${path}`, {
    method,
    body: body ?? null,
    headers: { ...headers, authorization: `Bearer ${token}` },
    headersTimeout: HEADERS_MS,
    // A followed log may be silent between heartbeats for longer than any answer takes.
    bodyTimeout: 0,
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new FintechError(
      'EVENTS_UNREACHABLE',
      `the event store at ${url} does not answer: ${messageOf(error)}`,
      { hint, cause: error },
    );
  });
  if (answer.statusCode < 300) return answer;
  throw refusal(answer.statusCode, await answer.body.text());
}

/** The whole log as the store serves it: NDJSON, in order. */
export async function readLog(
  context: Context,
  workspace: Workspace,
  query = '',
): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await askEvents(context, workspace, { method: 'GET', path: `/events${query}` });
  return body;
}

/** The UUID of a log, and the position of its last event. */
export async function readHead(ask: Ask): Promise<{ log: string; position: string }> {
  const { body } = await ask({ method: 'GET', path: '/head' });
  return (await body.json()) as { log: string; position: string };
}

const REFUSAL_HINTS: Readonly<Record<number, string>> = {
  401: 'The token must be one that this store trusts, and not have expired.',
  403: 'The token lacks a scope: events:read to read.',
  404: 'Check the name of the stream.',
};

function refusal(status: number, text: string): FintechError {
  const { title, detail, type, ...rest } = parseProblem(text);
  const message = detail ?? title ?? `the event store answered ${status}`;
  return new FintechError('EVENTS_REFUSED', message, {
    hint: REFUSAL_HINTS[status] ?? 'Nothing was written; mend the request and send it again.',
    details: { status, type, ...rest },
  });
}

function parseProblem(text: string): Record<string, unknown> & { title?: string; detail?: string } {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
