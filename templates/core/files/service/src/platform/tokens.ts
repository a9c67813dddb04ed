import { type Dispatcher, request } from 'undici';

export interface TokenOptions {
  tokenUrl: string;
  client: { id: string; secret: string };
  /** Where the token is meant to be used (RFC 8707). */
  resource: string;
  scope: string;
  dispatcher: Dispatcher;
  now?: () => number;
}

/** Renewed once this share of its life is over, so that none is sent that dies on the way. */
const RENEW_AFTER = 0.8;
const TIMEOUT_MS = 2000;

/** A service's own access token, by client credentials (RFC 6749 §4.4), kept and renewed. */
export class TokenSource {
  readonly #options: TokenOptions;
  #current: { token: string; renewAtMs: number } | undefined;
  #pending: Promise<string> | undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** A token that is good for now. Many callers share one request. */
  async get(): Promise<string> {
    if (this.#current !== undefined && this.#now() < this.#current.renewAtMs) {
      return this.#current.token;
    }
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Drops a token that was refused. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #fetch(): Promise<string> {
    const { tokenUrl, client, resource, scope, dispatcher } = this.#options;
    const askedMs = this.#now();
    const { statusCode, body } = await request(tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic(client.id, client.secret)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }).toString(),
      dispatcher,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`the token endpoint answered ${statusCode}`);
    }
    const answer = (await body.json()) as { access_token?: unknown; expires_in?: unknown };
    if (typeof answer.access_token !== 'string') throw new Error('the answer holds no token');
    const lifeMs = Number(answer.expires_in ?? 60) * 1000;
    this.#current = { token: answer.access_token, renewAtMs: askedMs + lifeMs * RENEW_AFTER };
    return answer.access_token;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** RFC 6749 §2.3.1: each half is form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((half) =>
    new URLSearchParams({ half }).toString().slice('half='.length),
  );
  return Buffer.from(encoded.join(':')).toString('base64');
}
