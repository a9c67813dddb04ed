import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../../kernel/time.ts';
import type { Answers, Spoilable } from './answers.ts';
import { DISCOVERY_PATHS } from './metadata.ts';
import { textOf } from './parameters.ts';
import { OTHER_ISSUER, sendSpoilt } from './spoil.ts';

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
  if (at === 'redirect') return leadAstray(ctx);
  const { status, response } = ctx;
  const body = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body);
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) ctx.res.setHeader(name, value);
  }
  ctx.respond = false;
  const whole = { status, type: 'application/json; charset=utf-8', body };
  await sendSpoilt(ctx.res, whole, { answer, clock });
}

function spoilableOf(ctx: KoaContextWithOIDC): Spoilable | undefined {
  const { oidc, path } = ctx;
  if (oidc.route === 'token' || oidc.route === 'introspection') return oidc.route;
  if (locationOf(ctx)?.includes('iss=') === true) return 'redirect';
  return DISCOVERY_PATHS.some((known) => known === path) ? 'metadata' : undefined;
}

function locationOf({ res }: KoaContextWithOIDC): string | undefined {
  return textOf(res.getHeader('location'));
}

/** What mix-up looks like to a client (RFC 9207 §2.4): a code that another issuer seems to send. */
function leadAstray(ctx: KoaContextWithOIDC): void {
  const location = new URL(locationOf(ctx) ?? '');
  location.searchParams.set('iss', OTHER_ISSUER);
  ctx.set('location', location.href);
}
