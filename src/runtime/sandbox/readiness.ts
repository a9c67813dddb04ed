import { Agent, type Dispatcher, request } from 'undici';
import { printable } from '../../kernel/printable.ts';
import type { Clock } from '../../kernel/time.ts';

const PROBE_TIMEOUT_MS = 2000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

const MAX_WHY_LENGTH = 200;
/** More than is read of a good answer, whose text nobody needs. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** Also gives up the connection itself, which would hold up the end of this process. */
const bounded = new Agent({
  connect: { timeout: PROBE_TIMEOUT_MS },
  maxResponseSize: MAX_ANSWER_BYTES,
});

/** Whether a URL answers 200 now. */
export async function probe(url: string): Promise<boolean> {
  return (await readiness(url)).ready;
}

/** Whether a URL answers 200 now, and what it gives as the reason where it does not. */
export async function readiness(url: string): Promise<{ ready: boolean; why?: string }> {
  try {
    const { statusCode, body } = await ask(url);
    if (statusCode === 200) {
      await body.dump();
      return { ready: true };
    }
    const { detail } = (await body.json()) as { detail?: unknown };
    if (typeof detail !== 'string') return { ready: false };
    return { ready: false, why: printable(detail.slice(0, MAX_WHY_LENGTH)) };
  } catch {
    return { ready: false };
  }
}

/** Whether the registry knows a healthy instance of a service. */
export async function isDiscoverable(registryUrl: string, service: string): Promise<boolean> {
  try {
    const path = `/v1/health/service/${encodeURIComponent(service)}?passing`;
    const { statusCode, body } = await ask(`${registryUrl}${path}`);
    const entries = await body.json();
    return statusCode === 200 && Array.isArray(entries) && entries.length > 0;
  } catch {
    return false;
  }
}

/** One time for all, from connecting to the last byte, whatever trickles in meanwhile. */
function ask(url: string): Promise<Dispatcher.ResponseData> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  return request(url, { dispatcher: bounded, signal, reset: true });
}

/**
 * Asks again, with growing pauses, until a condition holds.
 * @throws the signal's reason once it is aborted
 */
export async function until(
  condition: () => Promise<boolean>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !(await condition());) {
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
}
