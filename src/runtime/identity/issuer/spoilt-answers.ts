import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../../kernel/time.ts';
import type { Answers, Spoilable } from './answers.ts';
import { DISCOVERY_PATHS } from './metadata.ts';
import { sendSpoilt } from './spoil.ts';

/** The value of `Fintech-Test`, by which one test's requests are told from another's. */
export function testOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['fintech-test'];
  return typeof value === 'string' ? value : undefined;
}

/** Sends what oidc-provider answered as a script says, if one does. What was done is done. */
export async function spoilAnswer(
  ctx: KoaContextWithOIDC,
  answers: Answers,
  clock: Clock,
): Promise<void> {
  const at = spoilableOf(ctx);
  const asked = { client: ctx.oidc.client?.clientId, test: testOf(ctx.req) };
  const answer = at && answers.take({ at, ...asked });
  if (answer === undefined) return;
  const { status, response } = ctx;
  const body = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body);
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) ctx.res.setHeader(name, value);
  }
  ctx.respond = false;
  const whole = { status, type: 'application/json; charset=utf-8', body };
  await sendSpoilt(ctx.res, whole, { answer, clock });
}

function spoilableOf({ oidc, path }: KoaContextWithOIDC): Spoilable | undefined {
  if (oidc.route === 'token' || oidc.route === 'introspection') return oidc.route;
  return DISCOVERY_PATHS.some((known) => known === path) ? 'metadata' : undefined;
}
