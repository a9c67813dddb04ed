import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningComponent } from '../../../kernel/component.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { parseConfig } from '../../../model/config-file.ts';
import { serveIdentity } from '../serve.ts';
import { CHALLENGE } from './refusals.fixture.ts';

const jwk = ({ publicKey }: { publicKey: KeyObject }) =>
  JSON.stringify(publicKey.export({ format: 'jwk' }));
const EC = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const RSA = jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const ED = jwk(generateKeyPairSync('ed25519'));

const code = (uris: string, more = '') =>
  `{ scopes: [a], grants: [authorization_code], redirectUris: [${uris}] ${more} }`;

/** Every kind of client that `fintech.yaml` takes. */
const CLIENTS = [
  code('"https://a.example/cb"'),
  code('"http://127.0.0.1/cb"'),
  code('"http://127.0.0.1:4999/cb"'),
  code('"http://localhost/cb"'),
  code('"http://localhost:4999/cb"'),
  code('"http://[::1]/cb"'),
  code('"com.example.app:/cb"'),
  code('"https://a.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb"'),
  code('"https://a.example/cb", "http://127.0.0.1:4999/cb"'),
  code('"https://a.example:8443/cb?tenant=1"'),
  code('"https://localhost/cb", "http://127.0.0.1:4999/cb"'),
  code('"http://127.0.0.1/cb"', ', auth: none'),
  code('"http://127.0.0.1/cb"', ', auth: client_secret_post, dpop: true'),
  code('"https://a.example/cb"', `, auth: private_key_jwt, jwks: { keys: [${EC}, ${RSA}, ${ED}] }`),
  code('"https://a.example/cb"', `, jwks: { keys: [${RSA}] }`),
].map((text, index) => `    c${index}: ${text}`);
const { identity } = parseConfig({
  file: 'f',
  text: `name: a\nidentity:\n  clients:\n${CLIENTS.join('\n')}\n`,
  environment: {},
});
const configured = Object.entries(identity?.clients ?? {});

let root: string;
let running: RunningComponent;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'issuer-clients-'));
  running = await serveIdentity(
    {
      issuer: 'http://127.0.0.1:9',
      dataDir: join(root, 'data'),
      keysDir: join(root, 'keys'),
      clients: configured.map(([clientId, client]) => ({ ...client, clientId, secret: 'secret' })),
      personas: [],
      scopes: { api: ['a'], events: [], admin: [] },
      listen: { host: '127.0.0.1', port: 0 },
    },
    { clock: systemClock, random: systemRandom, log: () => {} },
  );
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

describe.each(configured)(
  'the client %s, which fintech.yaml takes',
  (clientId, { redirectUris = [] }) => {
    it.each(redirectUris)('is taken by the issuer too, with %s', async (redirectUri) => {
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
      });
      const response = await fetch(`${running.url}/auth?${query.toString()}`, {
        redirect: 'manual',
      });
      expect(response.headers.get('location')).toMatch(/^\/interaction\//);
    });
  },
);
