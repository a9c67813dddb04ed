import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { openDatabase } from '../../../kernel/sqlite.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { type KeyStore, openKeys } from '../keys.ts';
import { serveIdentity } from '../serve.ts';
import type { IssuerClient } from './clients.ts';

export const REDIRECT_URI = 'http://127.0.0.1:4999/cb';

/** An issuer that listens, with a client of every kind, and two personas. */
export interface IssuerBench extends AsyncDisposable {
  issuer: string;
  keys: KeyStore;
  /** Of the clients `tpp` and `signer`, which use `private_key_jwt`. */
  clientKey: CryptoKey;
  lines: string[];
  restart(): Promise<void>;
  /** Lets what the issuer keeps grow older. */
  age(seconds: number): void;
}

const SCOPES = {
  api: ['accounts:read', 'payments:write', 'ledger:read', 'AIS:'],
  events: ['events:append', 'events:read'],
  admin: ['sandbox:admin'],
};

const PERSONAS = [
  {
    name: 'customer',
    subject: 'usr_customer',
    scopes: ['accounts:read', 'payments:write', 'AIS:'],
    claims: { tier: 'gold', iss: 'ignored' },
  },
  { name: 'auditor', subject: 'usr_auditor', scopes: ['accounts:read'], claims: {} },
];

/** Entries hold their end twice: for oidc-provider, and for the table. */
const AGED = `UPDATE entries SET expires_at = expires_at - ?,
  payload = json_set(payload, '$.exp', payload ->> '$.exp' - ?)`;

export async function issuerBench(redirectUri: string = REDIRECT_URI): Promise<IssuerBench> {
  const root = mkdtempSync(join(tmpdir(), 'issuer-flows-'));
  const keysDir = join(root, 'keys');
  const keys = openKeys(keysDir, systemRandom, systemClock);
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const start = () =>
    serveIdentity(
      {
        issuer,
        dataDir: join(root, 'data'),
        keysDir,
        clients: clientsOf(keys, jwk, redirectUri),
        personas: PERSONAS,
        scopes: SCOPES,
        listen: { host: '127.0.0.1', port },
      },
      {
        clock: systemClock,
        random: systemRandom,
        log: (...line) => void lines.push(JSON.stringify(line)),
      },
    );
  let running = await start();
  return {
    issuer,
    keys,
    clientKey: privateKey,
    lines,
    restart: async () => {
      await running[Symbol.asyncDispose]();
      running = await start();
      // Connections from before end here, and not in the middle of a test.
      await fetch(`${issuer}/health/live`).catch(() => undefined);
    },
    age: (seconds) => {
      const database = openDatabase(join(root, 'data', 'identity.db'));
      database.exec(AGED.replaceAll('?', String(seconds)));
      database.close();
    },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The profiles differ in how a client proves who it is, and in what binds its tokens. */
function clientsOf(keys: KeyStore, jwk: JWK, redirectUri: string): IssuerClient[] {
  const scopes = ['accounts:read', 'payments:write', 'events:read', 'AIS:'];
  const people: IssuerClient['grants'] = ['authorization_code', 'refresh_token', 'device'];
  const all: IssuerClient['grants'] = ['client_credentials', 'token_exchange', ...people];
  const jwks = { keys: [{ ...jwk, kty: 'EC', kid: 'client-1' }] } satisfies IssuerClient['jwks'];
  const signed = { auth: 'private_key_jwt', jwks } as const;
  const redirectUris = [redirectUri];
  const clients: IssuerClient[] = [
    { clientId: 'web', scopes, grants: all, redirectUris, claims: { tier: 'silver' } },
    { clientId: 'bound', scopes, grants: all, redirectUris, dpop: true },
    {
      clientId: 'app',
      scopes,
      auth: 'none',
      grants: people,
      redirectUris: ['http://127.0.0.1/cb'],
    },
    { clientId: 'signer', scopes, ...signed, grants: all, redirectUris },
    { clientId: 'tpp', scopes, ...signed, grants: all, redirectUris, profile: 'fapi2' },
    { clientId: 'other', scopes: ['accounts:read'], grants: all, redirectUris },
  ];
  return clients.map((client) => ({ ...client, secret: keys.clientSecret(client.clientId) }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
