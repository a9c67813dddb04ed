import type { KoaContextWithOIDC } from 'oidc-provider';
import type { OwnToken, OwnTokens } from './own-tokens.ts';

/** What oidc-provider says of a JWT, once it has authenticated the client. */
const REFUSED = 'unsupported_token_type';

/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of access tokens. oidc-provider does both for
 * what it stores; a JWT it refuses after it authenticated the client, and then we answer.
 */
export async function answerForStructured(
  ctx: KoaContextWithOIDC,
  tokens: OwnTokens,
): Promise<void> {
  const { client, params, route } = ctx.oidc;
  if (client === undefined || !isRefusal(ctx.body)) return;
  const token = await tokens.read(String(params?.['token']));
  const isOwn = token?.client_id === client.clientId;
  if (route === 'introspection') {
    const mayAsk = client.clientAuthMethod !== 'none' || isOwn;
    ctx.status = 200;
    ctx.body = token !== undefined && mayAsk ? activeAnswer(token) : { active: false };
  }
  if (route === 'revocation') {
    if (token !== undefined && !isOwn) {
      ctx.body = { error: 'invalid_request', error_description: "this token is another client's" };
      return;
    }
    if (token !== undefined) await tokens.revoke(token);
    ctx.status = 200;
    ctx.body = '';
  }
}

function isRefusal(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && body.error === REFUSED;
}

function activeAnswer(token: OwnToken): Record<string, unknown> {
  const { cnf } = token;
  const isBound = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;
  return { active: true, ...token, token_type: isBound ? 'DPoP' : 'Bearer' };
}
