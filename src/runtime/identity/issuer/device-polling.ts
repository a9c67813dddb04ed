import { hash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../../kernel/time.ts';
import type { IssuerStore } from './sqlite-adapter.ts';

/** Seconds between two polls. RFC 8628 §3.2 has 5 where none is told; here tests wait. */
export const POLL_INTERVAL_S = 1;
/** RFC 8628 §3.5: what `slow_down` adds. */
const SLOWER_BY_S = 5;
const CODE_LIFETIME_S = 600;
/** A client that keeps the interval may seem early by what the network takes. */
const LENIENCE_MS = 200;

/** The pace of polls in the device flow, which oidc-provider leaves out: `slow_down`. */
export function devicePolling(store: IssuerStore, clock: Clock) {
  const polls = store.entries('DevicePoll');
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { body } = ctx;
    if (!isObject(body)) return;
    if (ctx.oidc.route === 'device_authorization' && 'device_code' in body) {
      body['interval'] = POLL_INTERVAL_S;
    }
    if (body['error'] !== 'authorization_pending') return;
    const id = hash('sha256', String(ctx.oidc.params?.['device_code']), 'base64url');
    const last = await polls.find(id);
    const intervalS = Number(last?.['intervalS'] ?? POLL_INTERVAL_S);
    const isTooSoon = clock.now() < Number(last?.['atMs'] ?? 0) + intervalS * 1000 - LENIENCE_MS;
    if (isTooSoon) {
      ctx.body = { error: 'slow_down', error_description: 'this client asks too often' };
    }
    const next = { atMs: clock.now(), intervalS: intervalS + (isTooSoon ? SLOWER_BY_S : 0) };
    await polls.upsert(id, next, CODE_LIFETIME_S);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
