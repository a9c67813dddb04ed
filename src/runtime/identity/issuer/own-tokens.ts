import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Clock } from '../../../kernel/time.ts';
import { AUDIENCES } from '../../../model/names.ts';
import type { KeyStore } from '../keys.ts';
import { TOKEN_LIFETIME_S } from './resources.ts';
import type { IssuerStore } from './sqlite-adapter.ts';

/** Claims of an access token of ours that is good now. */
export interface OwnToken {
  sub: string;
  client_id: string;
  jti: string;
  exp: number;
  [claim: string]: unknown;
}

/** Access tokens are JWTs that no one keeps: what is kept is which were revoked, and their grants. */
export interface OwnTokens {
  /** The claims of a token that this project's keys signed, that lives, and was not revoked. */
  read(token: string): Promise<OwnToken | undefined>;
  revoke(token: OwnToken): Promise<void>;
  /** Remembers by which grant a token falls. */
  issued(token: { jti: string; grantId?: string | undefined }): Promise<void>;
  /** The grant by which a token falls. */
  grantOf(jti: string): Promise<string | undefined>;
}

export function ownTokens(parts: {
  issuer: string;
  keys: KeyStore;
  store: IssuerStore;
  clock: Clock;
}): OwnTokens {
  const { issuer, keys, store, clock } = parts;
  const revoked = store.entries('RevokedAccessToken');
  const grantOf = store.entries('AccessTokenGrant');
  const grants = store.entries('Grant');
  const grantIdOf = async (jti: string) => {
    const grantId = (await grantOf.find(jti))?.['grantId'];
    return typeof grantId === 'string' ? grantId : undefined;
  };
  const lifetimeS = (exp: number) => Math.max(1, Math.ceil(exp - clock.now() / 1000));
  const stands = async (jti: string): Promise<boolean> => {
    if ((await revoked.find(jti)) !== undefined) return false;
    const grantId = await grantIdOf(jti);
    return grantId === undefined || (await grants.find(grantId)) !== undefined;
  };
  return {
    async read(token) {
      const claims = await verified(token, { issuer, keys, clock });
      return claims !== undefined && (await stands(claims.jti)) ? claims : undefined;
    },
    revoke: ({ jti, exp }) => revoked.upsert(jti, {}, lifetimeS(exp)),
    issued: async ({ jti, grantId = '' }) => {
      if (grantId !== '') await grantOf.upsert(jti, { grantId }, TOKEN_LIFETIME_S + 60);
    },
    grantOf: grantIdOf,
  };
}

async function verified(
  token: string,
  { issuer, keys, clock }: { issuer: string; keys: KeyStore; clock: Clock },
): Promise<OwnToken | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys.jwks()), {
      issuer,
      audience: [...AUDIENCES],
      typ: 'at+jwt',
      requiredClaims: ['sub', 'client_id', 'jti', 'exp', 'iat'],
      currentDate: new Date(clock.now()),
    });
    const isText = [payload.sub, payload.jti, payload['client_id']].every(
      (claim) => typeof claim === 'string',
    );
    return isText ? (payload as OwnToken) : undefined;
  } catch {
    return undefined;
  }
}
