import { type Dispatcher, request } from 'undici';
import type { Outcome } from '../domain/decide-delivery.ts';
import type { FailureReason } from '../domain/events.ts';
import { retryAfterSeconds } from '../domain/retry-schedule.ts';
import { SERVICE, WORKSPACE } from '../names.ts';
import { signatureHeader } from '../signing/signature.ts';
import { ForbiddenTarget } from './targets.ts';

/** One message, ready to be signed and sent. */
export interface Letter {
  url: string;
  id: string;
  body: string;
  keys: readonly Buffer[];
}

export interface Sending {
  dispatcher: Dispatcher;
  timeoutMs: number;
  nowMs: number;
  /** Breaks it off. */
  signal: AbortSignal;
}

/** Of an answer's body, which nobody reads: more than this ends the connection. */
const DUMPED_BYTES = 16_384;
const ASKS_FOR_PATIENCE: ReadonlySet<number> = new Set([429, 503]);

/** Makes one try. Redirects are not followed: whoever moved must be registered anew. */
export async function send(letter: Letter, sending: Sending): Promise<Outcome> {
  const { dispatcher, timeoutMs, nowMs, signal } = sending;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, headers, body } = await request(letter.url, {
      method: 'POST',
      headers: headersOf(letter, Math.floor(nowMs / 1000)),
      body: letter.body,
      dispatcher,
      signal: AbortSignal.any([signal, late]),
    });
    void body.dump({ limit: DUMPED_BYTES }).catch(() => {});
    if (statusCode >= 200 && statusCode <= 299) return { ok: true, status: statusCode };
    const asked = ASKS_FOR_PATIENCE.has(statusCode) ? headers['retry-after'] : undefined;
    const retryAfterS = typeof asked === 'string' ? retryAfterSeconds(asked, nowMs) : undefined;
    const failed = { ok: false, reason: 'status', status: statusCode } as const;
    return retryAfterS === undefined ? failed : { ...failed, retryAfterS };
  } catch (error) {
    return { ok: false, reason: reasonOf(error, { late, signal }) };
  }
}

function headersOf({ id, body, keys }: Letter, timestampS: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': `${WORKSPACE}-${SERVICE}`,
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signatureHeader({ id, timestampS, body }, keys),
  };
}

function reasonOf(
  error: unknown,
  { late, signal }: { late: AbortSignal; signal: AbortSignal },
): FailureReason {
  if (error instanceof ForbiddenTarget) return 'target-forbidden';
  if (late.aborted) return 'timeout';
  return signal.aborted ? 'interrupted' : 'connection';
}
