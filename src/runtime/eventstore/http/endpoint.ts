import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessClaims } from '../../access/contract.ts';

export type EventsScope = 'events:read' | 'events:append';

/** One method of one path. HEAD goes with every GET. */
export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  /** What the token must hold; without it the endpoint is open. */
  scope?: EventsScope;
  handle: (exchange: Exchange) => Promise<FastifyReply> | FastifyReply;
}

export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  /** Of the token; absent on an open endpoint. */
  claims: AccessClaims | undefined;
}

/** The `{stream}` of a path, percent-decoded once by the router. */
export function streamParameter(request: FastifyRequest): string {
  return (request.params as { stream?: string }).stream ?? '';
}
