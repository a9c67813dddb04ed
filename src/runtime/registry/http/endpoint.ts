import type { Query } from './query.ts';

/** A request as endpoints see it, whatever server carried it. */
export interface ApiRequest {
  /** The decoded rest of the path where the endpoint's ends in `*`, else empty. */
  name: string;
  query: Query;
  /** Empty without one. Consul reads JSON whatever the Content-Type says. */
  body: Uint8Array;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

/** What an endpoint answers with 200: JSON, or nothing. It throws a Refusal for all else. */
export interface Answer {
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  method: 'GET' | 'PUT';
  /** Ends in `*` where a name follows, which may itself hold slashes. */
  path: string;
  handle(request: ApiRequest): Answer | Promise<Answer>;
}

/** An acknowledged write: 200 without a body. */
export const DONE: Answer = {};
