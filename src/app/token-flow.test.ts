import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/random.ts';
import { systemClock } from '../kernel/time.ts';
import { serveIdentity } from '../runtime/identity/serve.ts';
import { projectKeys } from './keys.ts';
import { type GetInput, getToken } from './token-flow.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import { loadWorkspace } from './workspace.ts';

let bench: TokenBench;
let port: number;
beforeEach(async () => {
  port = await freePort();
  bench = tokenBench(`
name: bank
sandbox: { ports: { identity: ${port} } }
identity: { clients: { ledger: { scopes: [events:append, ledger:read] } } }
`);
});
afterEach(() => bench[Symbol.dispose]());

const INPUT: GetInput = {
  client: 'ledger',
  flow: 'client_credentials',
  scopes: undefined,
  audience: 'api',
  persona: undefined,
  dpop: false,
  subjectToken: undefined,
  issuer: undefined,
  clientSecretEnv: undefined,
  clientKey: undefined,
  redirectUri: undefined,
};

const get = (scopes?: string[], audience: 'api' | 'events' | 'admin' = 'api') =>
  getToken(bench.context, { ...INPUT, scopes, audience });

async function startIssuer(secret?: string) {
  const { keysFolder } = await loadWorkspace(bench.context);
  const keys = projectKeys(bench.context, await loadWorkspace(bench.context));
  return serveIdentity(
    {
      issuer: `http://127.0.0.1:${port}`,
      dataDir: join(bench.folder, 'data'),
      keysDir: keysFolder,
      clients: [
        {
          clientId: 'ledger',
          secret: secret ?? keys.clientSecret('ledger'),
          scopes: ['events:append', 'ledger:read'],
        },
      ],
      personas: [],
      scopes: { api: ['ledger:read'], events: ['events:append'], admin: [] },
      listen: { host: '127.0.0.1', port },
    },
    { clock: systemClock, random: systemRandom, log: () => {} },
  );
}

describe('getting a token from the running issuer', () => {
  it('gives what the client holds at the audience', async () => {
    await using _issuer = await startIssuer();
    const { data } = await get();
    expect(data).toMatchObject({ tokenType: 'Bearer', expiresInS: 300, scope: 'ledger:read' });
    const events = await get(['events:append'], 'events');
    expect(decodeJwt(events.data.accessToken)).toMatchObject({ aud: 'events', sub: 'ledger' });
  });

  it('says why the issuer refused, by its own error', async () => {
    await using _issuer = await startIssuer();
    await expect(get(['ledger:post'])).rejects.toMatchObject({
      code: 'TOKEN_ISSUER_REFUSED',
      details: { status: 400, error: 'invalid_scope' },
    });
  });

  it('puts no secret into the failure', async () => {
    await using _issuer = await startIssuer('another-secret');
    const error = await get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TOKEN_ISSUER_REFUSED',
      details: { error: 'invalid_client' },
    });
    expect(JSON.stringify(error)).not.toContain('sandbox_');
    expect(String(error)).not.toContain('sandbox_');
  });

  it('names `fintech up` when nothing runs', async () => {
    await expect(get()).rejects.toMatchObject({
      code: 'SANDBOX_NOT_RUNNING',
      hint: expect.stringContaining('fintech up'),
    });
  });

  it('knows its clients, and suggests the nearest', async () => {
    const input = { ...INPUT, client: 'legder' };
    await expect(getToken(bench.context, input)).rejects.toMatchObject({
      code: 'TOKEN_UNKNOWN_CLIENT',
      message: expect.stringContaining('"ledger"'),
    });
  });

  it.each([
    ['an answer that is no JSON', 200, 'hello'],
    ['an answer without a token', 200, '{}'],
    ['an error that would steer the terminal', 400, '{"error":"\\u001b[2J"}'],
    ['an answer without end', 200, `"${'x'.repeat(100_000)}"`],
  ])('refuses %s', async (...[, status, body]) => {
    const metadata = JSON.stringify({ token_endpoint: `http://127.0.0.1:${port}/token` });
    const server = createServer((request, response) => {
      const isToken = request.url === '/token';
      response.writeHead(isToken ? status : 200, { 'content-type': 'application/json' });
      response.end(isToken ? body : metadata);
    });
    await listen(server, port);
    await expect(get()).rejects.toMatchObject({
      code: 'TOKEN_ISSUER_REFUSED',
      message: 'the issuer did not answer as it should',
      hint: expect.not.stringContaining('\u001b'),
    });
    server.closeAllConnections();
    server.close();
  });
});

function listen(server: Pick<Server, 'listen'>, wanted: number): Promise<void> {
  return new Promise((resolve) => {
    server.listen(wanted, '127.0.0.1', () => resolve());
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return found;
}
