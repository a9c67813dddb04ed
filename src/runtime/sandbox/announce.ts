import { Agent, request } from 'undici';
import type { ComponentDeps } from '../../kernel/component.ts';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';

const TTL_S = 15;
const RENEW_MS = 5000;
/** For one request from the look-up of the name to the last byte of the answer. */
const REQUEST_TIMEOUT_MS = 2000;
/** For the farewell: a registry that has gone as well must not hold up our end. */
const FAREWELL_MS = 500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 400;
const PAUSE_GROWTH = 1.5;
const MAX_REASON_LENGTH = 200;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

type AnnounceDeps = Pick<ComponentDeps, 'clock' | 'log'>;

/** How long to wait for a registry that is not there yet. */
export interface Patience {
  /** In ms, from the first try; 0 fails at once. */
  patienceMs: number;
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
}

export interface Announcement {
  registryUrl: string;
  name: string;
  host: string;
  port: number;
}

/**
 * Enters a service that runs elsewhere into the registry and keeps it there until disposed; without
 * us it expires, so that one taken out of the configuration is not found for long.
 * @throws FintechError SANDBOX_UNIT_FAILED when the registry does not take it
 */
export function announceExternal(
  registryUrl: string,
  { name, url }: { name: string; url: string },
  deps: AnnounceDeps,
): Promise<AsyncDisposable> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
  return keepEntry(
    registryUrl,
    { ID: `${name}-external`, Name: name, Address: hostname, Port: number },
    { ...deps, patienceMs: 0 },
  );
}

/**
 * Enters a component into the registry and keeps it there until disposed. It is patient with a
 * registry that cannot be reached or cannot work (5xx), never with one that refuses the entry.
 * @throws FintechError SANDBOX_UNIT_FAILED when the registry does not take it; the signal's reason
 */
export function announce(
  { registryUrl, name, host, port }: Announcement,
  deps: AnnounceDeps,
  patience: Patience = { patienceMs: 0 },
): Promise<AsyncDisposable> {
  const entry = { ID: `${name}-1`, Name: name, Address: host, Port: port };
  return keepEntry(registryUrl, entry, { ...deps, ...patience });
}

interface Entry {
  ID: string;
  Name: string;
  Address: string;
  Port: number | undefined;
}

async function keepEntry(
  registryUrl: string,
  entry: Entry,
  deps: AnnounceDeps & Patience,
): Promise<AsyncDisposable> {
  const { clock, log } = deps;
  await registerPatiently(registryUrl, entry, deps);
  const leaving = new AbortController();
  const put = putterTo(registryUrl, clock, leaving.signal);
  let timer: Disposable | undefined;
  let renewal = Promise.resolve();
  const schedule = () => {
    timer = clock.after(RENEW_MS, () => void (renewal = renew()));
  };
  const renew = async () => {
    const beat = await put(`check/pass/${encodeURIComponent(`service:${entry.ID}`)}`);
    // It lost the entry or refuses its check: whatever it was, a new registration mends it.
    const answer = !beat.ok && beat.status !== undefined ? await register(put, entry) : beat;
    if (!answer.ok && !leaving.signal.aborted) {
      log('warn', 'registry did not take the heartbeat', { reason: answer.reason });
    }
    schedule();
  };
  schedule();
  return {
    [Symbol.asyncDispose]: async () => {
      using _limit = clock.after(FAREWELL_MS, () => leaving.abort());
      await renewal;
      timer?.[Symbol.dispose]();
      await put(`service/deregister/${encodeURIComponent(entry.ID)}`);
    },
  };
}

async function registerPatiently(
  registryUrl: string,
  entry: Entry,
  { clock, log, patienceMs, signal = new AbortController().signal }: AnnounceDeps & Patience,
): Promise<void> {
  const put = putterTo(registryUrl, clock, signal);
  const endMs = clock.monotonicMs() + patienceMs;
  let answer = await register(put, entry);
  for (let pauseMs = FIRST_PAUSE_MS; !answer.ok; pauseMs = nextPauseMs(pauseMs)) {
    signal.throwIfAborted();
    const { status, reason } = answer;
    if (isFinal(status) || clock.monotonicMs() >= endMs) {
      const message = `the registry at ${registryUrl} did not take ${entry.Name}: ${reason}`;
      throw new FintechError('SANDBOX_UNIT_FAILED', message, {
        hint: '`fintech logs registry` may say more.',
      });
    }
    if (pauseMs === FIRST_PAUSE_MS)
      log('info', 'waiting for the registry', { registryUrl, reason });
    await clock.sleep(pauseMs, signal);
    answer = await register(put, entry);
  }
}

function nextPauseMs(pauseMs: number): number {
  return Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS);
}

/** Below 500 the registry works, and will say the same again. */
function isFinal(status: number | undefined): boolean {
  return status !== undefined && status < 500;
}

/** Without a `status` there was no answer. */
type Answer = { ok: true } | { ok: false; status?: number; reason: string };
type Put = (path: string, body?: object) => Promise<Answer>;

function register(put: Put, entry: Entry): Promise<Answer> {
  const Check = { TTL: `${TTL_S}s`, Status: 'passing', DeregisterCriticalServiceAfter: '1m' };
  return put('service/register', { ...entry, Check });
}

/** Asks over a connection for each request: one to a registry before a restart would be dead. */
function putterTo(registryUrl: string, clock: Clock, signal: AbortSignal): Put {
  return async (path, body) => {
    const connection = new Agent({ connectTimeout: REQUEST_TIMEOUT_MS });
    // A request's own signal does not reach it while the name is looked up.
    const cut = (why: Error) => void connection.destroy(why);
    using _timer = clock.after(REQUEST_TIMEOUT_MS, () =>
      cut(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)),
    );
    const abort = () => cut(new Error('interrupted'));
    signal.addEventListener('abort', abort);
    try {
      signal.throwIfAborted();
      const answer = await request(`${registryUrl}/v1/agent/${path}`, {
        method: 'PUT',
        dispatcher: connection,
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = (await answer.body.text()).trim().slice(0, MAX_REASON_LENGTH);
      const status = answer.statusCode;
      return status < 300 ? { ok: true } : { ok: false, status, reason: `${status} ${text}` };
    } catch (error) {
      return { ok: false, reason: messageOf(error) };
    } finally {
      signal.removeEventListener('abort', abort);
      await connection.destroy();
    }
  };
}
