import type { EventEmitter } from 'node:events';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Log } from '../../../kernel/log.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { KeyStore } from '../keys.ts';
import type { Answers } from './answers.ts';
import type { IssuerClient, IssuerPersona } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { PREFILLED } from './device-pages.ts';
import { devicePolling } from './device-polling.ts';
import { describe, DISCOVERY_PATHS } from './metadata.ts';
import { type OwnTokens, ownTokens } from './own-tokens.ts';
import type { AudienceScopes } from './scope-policy.ts';
import { spoilAnswer } from './spoilt-answers.ts';
import type { IssuerStore } from './sqlite-adapter.ts';
import { answerForStructured } from './structured-tokens.ts';
import { tokenClaims } from './token-claims.ts';
import { registerTokenExchange } from './token-exchange.ts';

export interface ProviderOptions {
  issuer: string;
  clients: readonly IssuerClient[];
  personas: readonly IssuerPersona[];
  scopes: AudienceScopes;
  keys: KeyStore;
  store: IssuerStore;
  clock: Clock;
  answers: Answers;
  log: Log;
  /** Called once for each token. */
  onIssued: (clientId: string) => void;
}

/**
 * oidc-provider with every flow of the sandbox, and JWT access tokens (RFC 9068). It reads the
 * system's clock itself. Its signing key is the one of this moment: for another, make another.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, clients, personas, scopes, clock } = options;
  const clientById = new Map(clients.map((client) => [client.clientId, client]));
  const { setActor, extraTokenClaims } = tokenClaims(clientById, personas);
  const tokens = ownTokens(options);
  const provider = new Provider(
    issuer,
    configurationOf({ ...options, clientById, extraTokenClaims }),
  );
  registerTokenExchange(provider, {
    tokens,
    clientById,
    known: scopes,
    now: () => clock.now(),
    onActor: setActor,
  });
  complete(provider, options, tokens);
  report(provider, options);
  return provider;
}

/** What oidc-provider leaves out is put around it. */
function complete(provider: Provider, options: ProviderOptions, tokens: OwnTokens): void {
  const pace = devicePolling(options.store, options.clock);
  provider.use(async (ctx, next) => {
    if (ctx.path === '/device' && typeof ctx.query['user_code'] === 'string') {
      ctx.state[PREFILLED] = ctx.query['user_code'];
      ctx.querystring = '';
    }
    await next();
    if (DISCOVERY_PATHS.some((path) => path === ctx.path)) describe(ctx.body, options.scopes);
    if (!isOfProvider(ctx)) return;
    nameUnauthorized(ctx);
    await pace(ctx);
    await answerForStructured(ctx, tokens);
    await spoilAnswer(ctx, options.answers, options.clock);
  });
  provider.on('access_token.issued', (token) => {
    tokens.issued(token).catch((error: unknown) => {
      options.log('error', 'grant of a token not kept', { error: String(error) });
    });
  });
}

/** Whether a request reached one of oidc-provider's own endpoints. */
function isOfProvider(ctx: object): ctx is KoaContextWithOIDC {
  return 'oidc' in ctx;
}

/** RFC 6749 §5.2 has a name of its own for a grant that a client may not use. */
function nameUnauthorized({ oidc, body }: KoaContextWithOIDC): void {
  const { route, client, params } = oidc;
  if (route !== 'token' || client === undefined || !isInvalidRequest(body)) return;
  const grant = params?.['grant_type'];
  if (typeof grant !== 'string' || client.grantTypeAllowed(grant)) return;
  body.error = 'unauthorized_client';
}

function isInvalidRequest(body: unknown): body is { error: string } {
  return (
    typeof body === 'object' && body !== null && 'error' in body && body.error === 'invalid_request'
  );
}

/** Says who got or was refused what. Nothing of a request's body but a known client's name. */
function report(provider: Provider, { log, onIssued }: ProviderOptions): void {
  provider.on('grant.success', ({ oidc }: KoaContextWithOIDC) => {
    const clientId = oidc.client?.clientId ?? '';
    onIssued(clientId);
    log('info', 'token issued', { clientId, scope: oidc.params?.['scope'] });
  });
  provider.on('grant.error', ({ oidc }: KoaContextWithOIDC, error: Error) => {
    log('warn', 'token refused', { clientId: oidc.client?.clientId, error: error.message });
  });
  provider.on('server_error', (_ctx: unknown, error: Error) => {
    log('error', 'issuer failed', { error: error.message });
  });
  // Koa prints what nobody listens to; its own event is missing in the types.
  const koa: EventEmitter = provider;
  koa.on('error', (error: Error) => log('error', 'issuer failed', { error: error.message }));
}
