import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningComponent } from '../../kernel/component.ts';
import { silentLog } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { serveIdentity } from './serve.ts';

/** In its container it listens on another port than the one it is published by. */
const ISSUER = 'http://127.0.0.1:19080';
const OTHER = { host: 'identity:9080' };
const FORM = 'grant_type=client_credentials';

let root: string;
let running: RunningComponent;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'issuer-'));
  running = await serveIdentity(
    {
      issuer: ISSUER,
      dataDir: join(root, 'data'),
      keysDir: join(root, 'keys'),
      clients: [{ clientId: 'ledger', secret: 'a-secret', scopes: ['ledger:post'] }],
      personas: [],
      scopes: { api: ['ledger:post'], events: [], admin: [] },
      listen: { host: '127.0.0.1', port: 0 },
      allowedHosts: ['identity'],
    },
    { clock: systemClock, random: systemRandom, log: silentLog },
  );
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

/** Asks with header fields that `fetch` would not send; a body is posted as a form. */
async function ask(
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number | undefined; text: string }> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const method = body === undefined ? 'GET' : 'POST';
  const asking = httpRequest(running.url + path, { method, headers: { ...type, ...headers } });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}

const basic = (secret: string) => ({ authorization: `Basic ${btoa(`ledger:${secret}`)}` });
const DISCOVERY = '/.well-known/openid-configuration';

describe('an issuer that is asked by another name', () => {
  it.each([
    ['its own name, client_secret_basic', basic('a-secret'), FORM],
    ['another, client_secret_basic', { ...OTHER, ...basic('a-secret') }, FORM],
    ['another, client_secret_post', OTHER, `${FORM}&client_id=ledger&client_secret=a-secret`],
  ])('gives tokens of the one issuer: %s', async (_name, headers, form) => {
    const answer = await ask('/token', headers, form);
    const { access_token: token } = JSON.parse(answer.text) as { access_token: string };
    expect(decodeJwt(token).iss).toBe(ISSUER);
    const keys = remoteJwks({ url: `${running.url}/jwks`, clock: systemClock });
    const strict = { issuer: ISSUER, audience: 'api', keys, clock: systemClock };
    await expect(createTokenVerifier(strict).verify(token)).resolves.toMatchObject({ ok: true });
  });

  it('refuses a wrong secret there as well', async () => {
    const answer = await ask('/token', { ...OTHER, ...basic('wrong') }, FORM);
    expect(answer).toMatchObject({ status: 401, text: expect.stringContaining('invalid_client') });
  });

  it('keeps its name, and names endpoints that whoever asked can reach', async () => {
    const [inside, outside] = await Promise.all([
      ask(DISCOVERY, OTHER),
      ask(DISCOVERY, { host: '127.0.0.1:19080' }),
    ]);
    expect(JSON.parse(inside.text)).toMatchObject({
      issuer: ISSUER,
      token_endpoint: 'http://identity:9080/token',
      jwks_uri: 'http://identity:9080/jwks',
    });
    expect(JSON.parse(outside.text)).toMatchObject({
      issuer: ISSUER,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/jwks`,
    });
  });

  it('shows the same keys', async () => {
    const own = await ask('/jwks', {});
    expect(await ask('/jwks', OTHER)).toEqual(own);
  });

  it('takes no name from what a proxy may have said', async () => {
    const said = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const { text: metadata } = await ask(DISCOVERY, { ...said, forwarded: 'host=evil.example' });
    expect(metadata).not.toMatch(/evil|https/);
  });

  it('has no endpoint for a name that it was not told', async () => {
    const evil = { host: 'evil.example', ...basic('a-secret') };
    expect(await ask('/token', evil, FORM)).toMatchObject({ status: 421 });
    expect(await ask(DISCOVERY, evil)).toMatchObject({ status: 421 });
  });
});
