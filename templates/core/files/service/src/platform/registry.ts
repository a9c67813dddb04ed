import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { type Dispatcher, request } from 'undici';

export interface Registration {
  url: string;
  token: string | undefined;
  service: string;
  instance: string;
  address: { host: string; port: number };
  dispatcher: Dispatcher;
  log: FastifyBaseLogger;
}

const TTL_S = 10;
const RENEW_MS = 3000;
const RETRY_MS = 500;
const TIMEOUT_MS = 2000;

/**
 * Keeps this instance in the registry (Consul's HTTP API) until the signal is aborted, then takes
 * it out. A registry that is away or has forgotten us is told again: it never stops the service.
 */
export async function stayRegistered(options: Registration, signal: AbortSignal): Promise<void> {
  const { instance, log } = options;
  const check = `service:${instance}`;
  let registered = false;
  while (!signal.aborted) {
    try {
      if (!registered) await send(options, '/v1/agent/service/register', registrationOf(options));
      registered = true;
      const status = await send(options, `/v1/agent/check/pass/${check}`);
      registered = status !== 404;
    } catch (error) {
      registered = false;
      log.warn({ err: error }, 'the registry does not answer; trying again');
    }
    await pause(registered ? RENEW_MS : RETRY_MS, signal);
  }
  await send(options, `/v1/agent/service/deregister/${instance}`).catch((error: unknown) => {
    log.warn({ err: error }, 'could not leave the registry; the entry ends with its time to live');
  });
}

function registrationOf({ service, instance, address }: Registration): object {
  return {
    ID: instance,
    Name: service,
    Address: address.host,
    Port: address.port,
    Check: {
      CheckID: `service:${instance}`,
      TTL: `${TTL_S}s`,
      Status: 'passing',
      DeregisterCriticalServiceAfter: '1m',
    },
  };
}

async function send(
  { url, token, dispatcher }: Registration,
  path: string,
  body?: object,
): Promise<number> {
  const { statusCode, body: answer } = await request(`${url}${path}`, {
    method: 'PUT',
    headers: token === undefined ? {} : { 'x-consul-token': token },
    body: body === undefined ? null : JSON.stringify(body),
    dispatcher,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  if (statusCode === 200 || statusCode === 404) return statusCode;
  throw new Error(`the registry answered ${statusCode}: ${text.slice(0, 200)}`);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
