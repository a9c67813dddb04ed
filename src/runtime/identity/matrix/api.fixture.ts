import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import type { ShotReport, TargetReport } from '../../../model/matrix-report.ts';
import type { TokenRequest } from '../../../model/token-request.ts';
import { DEFECTS } from '../defects/catalogue.ts';
import type { KeyStore } from '../keys.ts';
import type { MatrixOptions } from './contract.ts';
import { ownTokens } from './token-source.ts';

export interface TestApi extends AsyncDisposable {
  url: URL;
  /** Requests that came, the good one first. */
  requests: IncomingMessage[];
}

/** An API of a test. @param answer is awaited; what it throws is a 500 */
export async function testApi(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestApi> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    Promise.resolve(answer(request, response)).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/accounts`),
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const ISSUER = 'http://127.0.0.1:9/issuer';

/** Answers as RFC 6750 §3.1 asks, by what jose says of the token. */
export function joseApi(
  jwks: unknown,
  { issuer = ISSUER, audience = 'api' }: { issuer?: string; audience?: string } = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const keys = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
  return async (request, response) => {
    const fields = request.headersDistinct['authorization'] ?? [];
    const refuse = (status: number, error: string) =>
      void response
        .writeHead(status, {
          'www-authenticate': `Bearer realm="x"${error && `, error="${error}"`}`,
        })
        .end();
    const [, token] = /^bearer ([\w.~+/-]+=*)$/i.exec(fields[0] ?? '') ?? [];
    if (fields.length > 1) return refuse(400, 'invalid_request');
    if (token === undefined) return refuse(401, '');
    try {
      const options = { issuer, audience, typ: 'at+jwt', requiredClaims: ['exp', 'sub', 'iat'] };
      const { payload } = await jwtVerify(token, keys, options);
      if (!String(payload['scope']).includes('accounts:read'))
        return refuse(403, 'insufficient_scope');
      response.end('{}');
    } catch {
      refuse(401, 'invalid_token');
    }
  };
}

const REQUEST: Omit<TokenRequest, 'issuedAtMs'> = {
  issuer: ISSUER,
  subject: 'usr_1',
  clientId: 'app',
  audience: 'api',
  scopes: ['accounts:read'],
  lifetimeS: 300,
  algorithm: 'ES256',
  claims: {},
};

/** All defects that need nothing, with our tokens, at an API. */
export function matrixOptions(
  api: Pick<TestApi, 'url'>,
  { keys, ...change }: { keys: KeyStore } & Partial<MatrixOptions>,
): MatrixOptions {
  const target = { name: undefined, url: api.url, method: 'GET', headers: [], body: undefined };
  return {
    target,
    source: ownTokens({
      request: () => ({ ...REQUEST, issuedAtMs: systemClock.now() }),
      anyAlgorithm: true,
      target,
      keys,
      random: seededRandom('matrix'),
      callback: undefined,
    }),
    defects: DEFECTS,
    given: [],
    has: new Set(),
    rules: { accepts: (status) => status >= 200 && status < 300, refuses: undefined },
    perSecond: undefined,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
    ...change,
  };
}

/** The shots with an outcome. */
export function shotsWith({ shots }: TargetReport, ...outcomes: string[]): ShotReport[] {
  return shots.filter(({ outcome }) => outcomes.includes(outcome));
}
