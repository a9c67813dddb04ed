import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import {
  checkDpopReplay,
  checkDpopRequired,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js';
import { AUDIENCES, resourceOf } from '../../../model/names.ts';
import { actClaim, type ExchangeActor } from './actors.ts';
import { type IssuerClient, TOKEN_EXCHANGE } from './clients.ts';
import { scopeNames } from './parameters.ts';
import type { OwnToken, OwnTokens } from './own-tokens.ts';
import { ALGORITHM, TOKEN_LIFETIME_S } from './resources.ts';
import { type AudienceScopes, grantScopes, type ResourceGrant } from './scope-policy.ts';

export interface ExchangeParts {
  tokens: OwnTokens;
  clientById: ReadonlyMap<string, IssuerClient>;
  known: AudienceScopes;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told which token has which `act` claim, before it is made. */
  onActor: (token: object, act: Record<string, unknown>) => void;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** RFC 8693 §3. What we issue is both. */
const TOKEN_TYPES: ReadonlySet<unknown> = new Set([
  ACCESS_TOKEN,
  'urn:ietf:params:oauth:token-type:jwt',
]);
const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
] as const;

type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;
type Context = TokenEndpointGrantContext<Parameters>;

/**
 * Token exchange (RFC 8693): an access token of ours for another one with the same subject, no more
 * scopes than both the token and the client have, no longer life, and who acts in `act` (§4.1).
 */
export function registerTokenExchange(provider: Provider, parts: ExchangeParts): void {
  provider.registerGrantType<Parameters>(
    TOKEN_EXCHANGE,
    (ctx) => exchange(provider, ctx, parts),
    PARAMETERS,
  );
}

async function exchange(provider: Provider, ctx: Context, parts: ExchangeParts): Promise<void> {
  const { client, params } = ctx.oidc;
  const proof = await validateDpop(provider, ctx);
  checkDpopRequired(provider, ctx, proof);
  checkTypes(params);
  const subject = await readToken('subject_token', params, parts.tokens);
  const actor = await actorOf(ctx, parts.tokens);
  checkPossession(subject, proof?.thumbprint);
  const act = actClaim(subject, actor);
  const { audience, granted } = targetOf(ctx, subject, parts);
  await checkDpopReplay(provider, ctx, proof, client.clientId);

  const leftS = Math.floor(subject.exp - parts.now() / 1000);
  const token = new provider.AccessToken({
    accountId: subject.sub,
    client,
    gty: 'token_exchange',
    grantId: (await parts.tokens.grantOf(subject.jti)) ?? '',
    expiresIn: Math.max(1, Math.min(TOKEN_LIFETIME_S, leftS)),
  });
  token.resourceServer = new provider.ResourceServer(resourceOf(audience), {
    scope: granted.join(' '),
    audience,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: ALGORITHM } },
  });
  token.scope = granted.join(' ');
  if (proof !== undefined) token.setThumbprint('jkt', proof.thumbprint);
  parts.onActor(token, act);
  ctx.oidc.entity('AccessToken', token);
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
  };
}

function checkTypes(params: Parameters): void {
  const { requested_token_type: wanted, actor_token: actor, actor_token_type: actorType } = params;
  if (wanted !== undefined && !TOKEN_TYPES.has(wanted)) {
    throw new errors.InvalidRequest('requested_token_type can only be an access token');
  }
  if (params.subject_token === undefined || !TOKEN_TYPES.has(params.subject_token_type)) {
    throw new errors.InvalidRequest('a subject_token that is an access token is needed');
  }
  if ((actor === undefined) !== (actorType === undefined)) {
    throw new errors.InvalidRequest('actor_token and actor_token_type go together');
  }
  if (actorType !== undefined && !TOKEN_TYPES.has(actorType)) {
    throw new errors.InvalidRequest('actor_token can only be an access token');
  }
}

async function readToken(
  name: 'subject_token' | 'actor_token',
  params: Parameters,
  tokens: OwnTokens,
): Promise<OwnToken> {
  const token = await tokens.read(params[name] ?? '');
  if (token === undefined)
    throw new errors.InvalidRequest(`${name} is no good token of this issuer`);
  return token;
}

/** The actor token's subject acts; without one, the client itself does. */
async function actorOf({ oidc }: Context, tokens: OwnTokens): Promise<ExchangeActor> {
  const { clientId } = oidc.client;
  if (oidc.params.actor_token === undefined) return { sub: clientId };
  const { sub, client_id: owner } = await readToken('actor_token', oidc.params, tokens);
  if (owner !== clientId) throw new errors.InvalidRequest('actor_token is of another client');
  return { sub };
}

/** A token bound to a key is worth nothing without it (RFC 9449 §6), here as elsewhere. */
function checkPossession(subject: OwnToken, thumbprint: string | undefined): void {
  const bound = (subject['cnf'] as { jkt?: unknown } | undefined)?.jkt;
  if (bound !== undefined && bound !== thumbprint) {
    throw new errors.InvalidRequest('subject_token is bound to a key that gave no proof');
  }
}

/** `audience` and `resource` both name where the new token is for (§2.1); `api` by default. */
function targetOf(
  { oidc }: Context,
  subject: OwnToken,
  { clientById, known }: ExchangeParts,
): ResourceGrant & { ok: true } {
  const { audience, resource, scope } = oidc.params;
  const named = AUDIENCES.find((name) => name === audience);
  if (audience !== undefined && named === undefined) {
    throw new errors.InvalidTarget(`unknown audience; known are ${AUDIENCES.join(', ')}`);
  }
  const target = resource ?? resourceOf(named ?? 'api');
  if (named !== undefined && target !== resourceOf(named)) {
    throw new errors.InvalidTarget('audience and resource differ');
  }
  const held = clientById.get(oidc.client.clientId)?.scopes ?? [];
  const scopes = scope === undefined ? undefined : scopeNames(scope);
  const grant = grantScopes({ resource: target, scopes, client: { scopes: held } }, known);
  if (!grant.ok) throw new errors.CustomOIDCProviderError(grant.error, grant.detail);
  const subjectScopes = new Set(scopeNames(subject['scope']));
  const granted = grant.granted.filter((name) => subjectScopes.has(name));
  if (granted.length === 0 || (scopes !== undefined && granted.length < scopes.length)) {
    const detail = 'subject_token does not hold the scope asked for';
    throw new errors.CustomOIDCProviderError('invalid_scope', detail);
  }
  return { ...grant, granted };
}
