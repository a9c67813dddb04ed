import type { FastifyRequest } from 'fastify';
import type { Party } from '../domain/account.ts';
import { SCOPES } from '../names.ts';
import { callerOf } from './guard.ts';

/** Whoever calls, as far as owners are concerned. */
export function partyOf(request: FastifyRequest): Party {
  const { subject, clientId, scopes } = callerOf(request);
  return { subject, seesAll: subject === clientId || scopes.has(SCOPES.any) };
}
