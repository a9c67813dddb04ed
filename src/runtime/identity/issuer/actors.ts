import { errors } from 'oidc-provider';
import type { OwnToken } from './own-tokens.ts';

/** Who acts for the subject of a token. */
export interface ExchangeActor {
  sub: string;
}

/** A chain that is longer would soon make a token no server takes. */
export const MAX_ACTORS = 8;

/**
 * The `act` claim of a token made from another one: who acts now, around who acted before
 * (RFC 8693 §4.1).
 * @throws InvalidRequest when `may_act` names someone else (§4.4), or too many acted already
 */
export function actClaim(subject: OwnToken, actor: ExchangeActor): Record<string, unknown> {
  const { act: before, may_act: mayAct } = subject;
  if (isObject(mayAct) && mayAct['sub'] !== actor.sub) {
    throw new errors.InvalidRequest('may_act of the subject_token names another actor');
  }
  if (depthOf(before) >= MAX_ACTORS) {
    throw new errors.InvalidRequest(`at most ${MAX_ACTORS} may act, one for the other`);
  }
  return { sub: actor.sub, ...(before === undefined ? {} : { act: before }) };
}

function depthOf(act: unknown): number {
  return isObject(act) ? 1 + depthOf(act['act']) : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
