import { request } from 'undici';
import type { ComponentDeps } from '../../kernel/component.ts';
import { FintechError, messageOf } from '../../kernel/errors.ts';

const TTL_S = 15;
const RENEW_MS = 5000;
const REQUEST_TIMEOUT_MS = 2000;
const MAX_REASON_LENGTH = 200;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

type AnnounceDeps = Pick<ComponentDeps, 'clock' | 'log'>;

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
    deps,
  );
}

/**
 * Enters a component into the registry and keeps it there until disposed.
 * @throws FintechError SANDBOX_UNIT_FAILED when the registry does not take it
 */
export function announce(
  { registryUrl, name, host, port }: Announcement,
  deps: AnnounceDeps,
): Promise<AsyncDisposable> {
  return keepEntry(registryUrl, { ID: `${name}-1`, Name: name, Address: host, Port: port }, deps);
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
  { clock, log }: AnnounceDeps,
): Promise<AsyncDisposable> {
  const id = encodeURIComponent(entry.ID);
  await register(registryUrl, entry);
  let timer: Disposable | undefined;
  let renewal = Promise.resolve();
  const renew = async () => {
    try {
      const beat = await put(
        registryUrl,
        `check/pass/${encodeURIComponent(`service:${entry.ID}`)}`,
      );
      // It lost the entry or refuses its check: whatever it was, a new registration mends it.
      if (!beat.ok) await register(registryUrl, entry);
    } catch (error) {
      log('warn', 'registry did not take the heartbeat', { reason: messageOf(error) });
    }
    schedule();
  };
  const schedule = () => {
    timer = clock.after(RENEW_MS, () => void (renewal = renew()));
  };
  schedule();
  return {
    [Symbol.asyncDispose]: async () => {
      await renewal;
      timer?.[Symbol.dispose]();
      await put(registryUrl, `service/deregister/${id}`).catch(() => undefined);
    },
  };
}

async function register(registryUrl: string, entry: Entry): Promise<void> {
  const refuse = (why: string, cause?: unknown): never => {
    const message = `the registry at ${registryUrl} did not take ${entry.Name}: ${why}`;
    throw new FintechError('SANDBOX_UNIT_FAILED', message, {
      hint: '`fintech logs registry` may say more.',
      cause,
    });
  };
  const Check = { TTL: `${TTL_S}s`, Status: 'passing', DeregisterCriticalServiceAfter: '1m' };
  const answer = await put(registryUrl, 'service/register', { ...entry, Check }).catch(
    (error: unknown) => refuse(messageOf(error), error),
  );
  if (!answer.ok) refuse(answer.reason);
}

async function put(
  registryUrl: string,
  path: string,
  body?: object,
): Promise<{ ok: boolean; reason: string }> {
  const { statusCode, body: answer } = await request(`${registryUrl}/v1/agent/${path}`, {
    method: 'PUT',
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
    // A registry that was restarted must not be asked over a connection to the one before.
    reset: true,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = (await answer.text()).trim().slice(0, MAX_REASON_LENGTH);
  return { ok: statusCode < 300, reason: `${statusCode} ${text}` };
}
