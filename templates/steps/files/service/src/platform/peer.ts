import { type Dispatcher, request } from 'undici';
import { findService } from './discovery.ts';
import type { Environment } from './environment.ts';
import { TokenSource } from './tokens.ts';
import { newTraceparent } from './trace.ts';

/** An answer that asking again would not change. */
export interface PeerAnswer {
  status: number;
  /** Empty where the answer was no JSON object. */
  body: Readonly<Record<string, unknown>>;
}

export interface PeerOptions {
  /** In the registry. */
  name: string;
  /** What this service may do there. */
  scope: string;
  environment: Environment;
  dispatcher: Dispatcher;
}

export interface PeerCall {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  /** Every POST has one, so that it may be sent again. */
  key?: string;
  /** The trace it belongs to. */
  traceId?: string | undefined;
  signal: AbortSignal;
}

const ATTEMPT_MS = 2500;
const RESOURCE = 'urn:fintech:api';

/** Another service of the system: found in the registry, spoken to with a token of our own. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #tokens: TokenSource;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { environment, dispatcher, scope } = options;
    const { tokenUrl, client } = environment;
    this.#tokens = new TokenSource({ tokenUrl, client, resource: RESOURCE, scope, dispatcher });
  }

  /**
   * One attempt.
   * @throws Error when the outcome is unknown, or may be another one later: call again
   */
  async call({ method, path, body, key, traceId, signal }: PeerCall): Promise<PeerAnswer> {
    const { name, environment, dispatcher } = this.#options;
    const { variables, registry } = environment;
    const url = await findService(name, { variables, registryUrl: registry?.url, dispatcher });
    const token = await this.#tokens.get();
    const answer = await request(`${url}${path}`, {
      method,
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
      headers: {
        authorization: `Bearer ${token}`,
        traceparent: newTraceparent(traceId),
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 401) this.#tokens.forget(token);
    const final = { status: answer.statusCode, body: objectOf(text) };
    if (isFinal(final)) return final;
    const why = `${final.status} ${problemCode(final)}`.trim();
    throw new Error(`${name} answered ${method} ${path} with ${why}`);
  }
}

/** Problems that are no rule of the other side but a fault between us. */
const FAULTS: ReadonlySet<string> = new Set(['', 'route-unknown', 'idempotency-key-reused']);

/** Done, or refused by a rule of the other side. All else may pass a moment later. */
function isFinal(answer: PeerAnswer): boolean {
  const { status } = answer;
  if (status >= 200 && status < 300) return true;
  return [404, 409, 422].includes(status) && !FAULTS.has(problemCode(answer));
}

/** The code of a problem (RFC 9457): the last part of its type. */
export function problemCode({ body }: PeerAnswer): string {
  const { type } = body;
  return typeof type === 'string' ? (type.split(':').at(-1) ?? '') : '';
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
