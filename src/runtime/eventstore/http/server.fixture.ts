import { Client, type Dispatcher } from 'undici';
import { silentLog } from '../../../kernel/log.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { type Clock, systemClock } from '../../../kernel/time.ts';
import type { TokenVerifier } from '../../access/contract.ts';
import type { EventStore } from '../contract.ts';
import { openMemoryStore } from '../engines/memory.ts';
import { createEventServer } from './server.ts';

/** Tokens are `<scopes joined by +>` or `<scopes>.<exp in seconds>`. */
export const BOTH = 'events:read+events:append';
const FAR_S = 4_102_444_800;

const fakeVerifier: TokenVerifier = {
  verify: async (token) => {
    const [words = '', exp] = token.replaceAll('~', ':').split('.');
    if (words === 'down') return { ok: false, reason: 'keys-unavailable', detail: 'no keys' };
    if (!words.startsWith('events')) return { ok: false, reason: 'signature', detail: 'forged' };
    const claims = {
      iss: 'http://issuer',
      sub: 's',
      aud: 'events',
      iat: 0,
      jti: 'j',
      client_id: 'c',
      exp: exp === undefined ? FAR_S : Number(exp),
    };
    return { ok: true, claims, scopes: new Set(words.split('+')) };
  },
};

export interface TestAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Record<string, unknown>;
}

export interface TestServer extends AsyncDisposable {
  url: string;
  store: EventStore;
  stopping: AbortController;
  /** Sends a request as it is written, path included; the token holds both scopes unless told. */
  send(
    method: string,
    path: string,
    options?: {
      body?: unknown;
      headers?: Record<string, string | string[]>;
      token?: string | null;
    },
  ): Promise<TestAnswer>;
  /** The same, with the body left to be read. */
  open(path: string, token?: string): Promise<Dispatcher.ResponseData>;
}

/** The event store's HTTP contract on a real socket, over the memory engine unless told. */
export async function startServer(
  options: { store?: EventStore; clock?: Clock; requestTimeoutMs?: number } = {},
): Promise<TestServer> {
  const clock = options.clock ?? systemClock;
  const store = options.store ?? openMemoryStore({ clock, random: systemRandom });
  const stopping = new AbortController();
  const app = createEventServer({
    store,
    verifier: fakeVerifier,
    clock,
    log: silentLog,
    stopping: stopping.signal,
    ...(options.requestTimeoutMs !== undefined && { requestTimeoutMs: options.requestTimeoutMs }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const client = new Client(url);
  const followers: Client[] = [];
  return {
    url,
    store,
    stopping,
    send: async (method, path, { body, headers = {}, token = BOTH } = {}) => {
      const answer = await client.request({
        method,
        path,
        headers: { ...(token !== null && { authorization: bearer(token) }), ...headers },
        ...(body !== undefined && { body: bodyOf(body) }),
      });
      const text = await answer.body.text();
      const isJson =
        String(answer.headers['content-type']).includes('json') && text.startsWith('{');
      const json = isJson && !text.includes('\n') ? JSON.parse(text) : {};
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text,
        json: json as TestAnswer['json'],
      };
    },
    open: (path, token = BOTH) => {
      const follower = new Client(url);
      followers.push(follower);
      return follower.request({ method: 'GET', path, headers: { authorization: bearer(token) } });
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.all([client, ...followers].map((it) => it.destroy()));
      await app.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The colons of scopes are no characters of a token. */
function bearer(token: string): string {
  return `Bearer ${token.replaceAll(':', '~')}`;
}

function bodyOf(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

export function event(id: string, change: object = {}): object {
  return { specversion: '1.0', id, source: '/test', type: 'tested', ...change };
}
