import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** A key that no client may send. Answered with 400. */
export class KeyError extends Error {
  readonly statusCode = 400;
}

const BARE = /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/;
const QUOTED = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/;

/**
 * The key of a command and what was asked with it. A key belongs to one client and one route; the
 * fingerprint covers method, target and body as JSON values, whatever their white space and order.
 * @throws KeyError when it is malformed, or missing where the route needs one
 */
export function idempotencyOf(
  request: FastifyRequest,
  clientId: string,
): { key: string; fingerprint: string } | undefined {
  const { config, url: route } = request.routeOptions;
  const key = readKey(request.headers['idempotency-key']);
  if (key === undefined) {
    if (config.idempotency === 'required') throw new KeyError('Idempotency-Key is missing');
    return undefined;
  }
  return {
    key: digest([clientId, `${request.method} ${route}`, key]),
    fingerprint: digest([request.method, request.url, canonical(request.body)]),
  };
}

/** Bare or quoted, the same key: 1 to 255 visible ASCII characters. */
export function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  const quoted = QUOTED.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(["\\])/g, '$1');
  if (BARE.test(text)) return text;
  throw new KeyError('Idempotency-Key must be 1 to 255 visible ASCII characters, bare or quoted');
}

function digest(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, member]) => [name, canonical(member)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
