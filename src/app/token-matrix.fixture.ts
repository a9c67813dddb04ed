import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { systemClock } from '../kernel/time.ts';
import type { MatrixInput } from './token-matrix.ts';

/** What `token matrix` asks for without any flag. */
export const MATRIX_INPUT: MatrixInput = {
  target: undefined,
  method: undefined,
  body: undefined,
  headers: [],
  scopes: undefined,
  persona: undefined,
  audience: undefined,
  ownsTarget: false,
  algorithm: undefined,
  accept: '2xx',
  refuse: undefined,
  only: [],
  skip: [],
  has: [],
  callback: undefined,
  perSecond: undefined,
  jwks: undefined,
  given: [],
  goodToken: undefined,
  tokenCommand: undefined,
  issuer: undefined,
  clientId: undefined,
  clientSecretEnv: undefined,
  reporters: [],
};

export interface TestServer extends AsyncDisposable {
  url: string;
  requests: IncomingMessage[];
}

export async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    Promise.resolve(answer(request, response)).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An issuer of its own, that we hold no key of, and an API that trusts it by jose. */
export interface OtherWorld {
  issuer: string;
  jwks: { keys: JWK[] };
  token(claims?: Record<string, unknown>, typ?: string): Promise<string>;
  /** @param strict whether it looks at the form of a token itself, which jose does not fully */
  api: (request: IncomingMessage, response: ServerResponse, strict?: boolean) => Promise<void>;
}

export async function otherWorld(issuer = 'https://idp.test'): Promise<OtherWorld> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'theirs', alg: 'ES256' }] };
  const keys = createLocalJWKSet(jwks);
  return {
    issuer,
    jwks,
    token: async (claims = {}, typ = 'at+jwt') => {
      const nowS = Math.floor(systemClock.now() / 1000);
      const good = {
        iss: issuer,
        aud: 'accounts',
        sub: 'usr_9',
        client_id: 'app',
        jti: 'j',
        iat: nowS,
        exp: nowS + 300,
        scope: 'accounts:read',
      };
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'theirs', typ })
        .sign(privateKey);
    },
    api: async (request, response, strict = true) => {
      const refuse = (status: number, error: string) =>
        void response.writeHead(status, { 'www-authenticate': `Bearer realm="x"${error}` }).end();
      const fields = request.headersDistinct['authorization'] ?? [];
      if (fields.length > 1) return refuse(400, ', error="invalid_request"');
      const [, token] = /^bearer ([\w.~+/-]+=*)$/i.exec(fields[0] ?? '') ?? [];
      if (token === undefined) return refuse(401, '');
      if (strict && !isCanonical(token)) return refuse(401, ', error="invalid_token"');
      const options = { issuer, audience: 'accounts', typ: 'at+jwt', algorithms: ['ES256'] };
      const verified = await jwtVerify(token, keys, options).catch(() => undefined);
      if (verified === undefined) return refuse(401, ', error="invalid_token"');
      const isAllowed = verified.payload['scope'] === 'accounts:read';
      if (!isAllowed) return refuse(403, ', error="insufficient_scope"');
      response.end('{}');
    },
  };
}

/** RFC 4648 §3.5, §5: the one way to write these bytes. */
function isCanonical(token: string): boolean {
  return token
    .split('.')
    .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
