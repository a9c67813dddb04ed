import { request } from 'undici';
import { messageOf } from '../../kernel/errors.ts';
import type { ComponentDeps } from '../../kernel/component.ts';

const TTL_S = 15;
const RENEW_MS = 5000;
const REQUEST_TIMEOUT_MS = 2000;
const DEFAULT_HTTP_PORT = 80;

export interface Announcement {
  registryUrl: string;
  name: string;
  host: string;
  port: number;
}

/** Enters a service that runs elsewhere into the registry, for as long as the registry keeps it. */
export async function announceExternal(
  registryUrl: string,
  { name, url }: { name: string; url: string },
): Promise<void> {
  const { hostname, port } = new URL(url);
  await put(registryUrl, 'service/register', {
    ID: `${name}-external`,
    Name: name,
    Address: hostname,
    Port: port === '' ? DEFAULT_HTTP_PORT : Number(port),
  });
}

/** Enters a component into the registry and keeps it there until disposed. */
export async function announce(
  { registryUrl, name, host, port }: Announcement,
  { clock, log }: ComponentDeps,
): Promise<AsyncDisposable> {
  const id = `${name}-1`;
  const register = () =>
    put(registryUrl, 'service/register', {
      ID: id,
      Name: name,
      Address: host,
      Port: port,
      Check: { TTL: `${TTL_S}s`, Status: 'passing', DeregisterCriticalServiceAfter: '1m' },
    });
  await register();
  let timer: Disposable | undefined;
  let renewal = Promise.resolve();
  const renew = async () => {
    try {
      const status = await put(registryUrl, `check/pass/${encodeURIComponent(`service:${id}`)}`);
      if (status === 404) await register();
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
      await put(registryUrl, `service/deregister/${encodeURIComponent(id)}`).catch(() => undefined);
    },
  };
}

async function put(registryUrl: string, path: string, body?: object): Promise<number> {
  const answer = await request(`${registryUrl}/v1/agent/${path}`, {
    method: 'PUT',
    headersTimeout: REQUEST_TIMEOUT_MS,
    // A registry that was restarted must not be asked over a connection to the one before.
    reset: true,
    bodyTimeout: REQUEST_TIMEOUT_MS,
    body: body === undefined ? null : JSON.stringify(body),
  });
  await answer.body.dump();
  return answer.statusCode;
}
