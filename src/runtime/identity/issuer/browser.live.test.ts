import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IssuerBench, issuerBench } from './issuer.fixture.ts';

/** Debian's, and where others have it. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

let bench: IssuerBench;
let browser: Browser;
let page: Page;
/** The client's own page: it is there to be sent back to. */
let back: Server;
let redirectUri: string;

describe.skipIf(CHROMIUM === undefined)('in Chromium, without script', () => {
  beforeAll(async () => {
    back = createServer((_request, response) => void response.end('back at the client'));
    await new Promise<void>((resolve) => {
      back.listen(0, '127.0.0.1', resolve);
    });
    redirectUri = `http://127.0.0.1:${(back.address() as AddressInfo).port}/cb`;
    bench = await issuerBench(redirectUri);
    // Root, as CI is, has no sandbox in Chromium.
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await bench[Symbol.asyncDispose]();
    back.closeAllConnections();
    back.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ javaScriptEnabled: false });
  });
  afterEach(() => page.close());

  const configure = (id: string) =>
    client.discovery(
      new URL(bench.issuer),
      id,
      undefined,
      id === 'web'
        ? client.ClientSecretBasic(bench.keys.clientSecret(id))
        : client.PrivateKeyJwt({ key: bench.clientKey, kid: 'client-1' }),
      { execute: [client.allowInsecureRequests] },
    );

  it.each(['web', 'tpp'])('a person lets the client %s in, by keyboard', async (id) => {
    const config = await configure(id);
    const pair = await client.randomDPoPKeyPair('ES256');
    const options = id === 'web' ? {} : { DPoP: client.getDPoPHandle(config, pair) };
    const verifier = client.randomPKCECodeVerifier();
    const url = await client.buildAuthorizationUrlWithPAR(
      config,
      {
        redirect_uri: redirectUri,
        scope: 'openid accounts:read payments:write',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      },
      options,
    );
    await page.goto(url.href);
    await expect(page.title()).resolves.toBe(`Let ${id} in?`);
    // Focus goes down the page: personas, then Allow, then Deny.
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('radio', { name: /auditor/ }).isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Allow');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Deny');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${redirectUri}**`);
    const checks = { pkceCodeVerifier: verifier };
    const sent = new URL(page.url());
    const tokens = await client.authorizationCodeGrant(config, sent, checks, undefined, options);
    expect(tokens.claims()?.sub).toBe('usr_auditor');
    expect(tokens.scope).toBe('accounts:read');
  });

  it('a person denies, and the client hears so', async () => {
    const query = new URLSearchParams({
      client_id: 'web',
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    });
    await page.goto(`${bench.issuer}/auth?${query.toString()}`);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`${redirectUri}**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  it('a person connects a device', async () => {
    const config = await configure('web');
    const device = await client.initiateDeviceAuthorization(config, { scope: 'accounts:read' });
    await page.goto(device.verification_uri);
    await page.getByLabel('The code that the device shows').fill('AAAA-AAAA');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('not right');
    await page.getByLabel('The code that the device shows').fill(device.user_code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'It does', exact: true }).click();
    await page.getByRole('radio', { name: /customer/ }).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await expect(page.title()).resolves.toBe('Device connected');
    const tokens = await client.pollDeviceAuthorizationGrant(config, device);
    expect(tokens.scope).toBe('accounts:read');
  });
});

/** The element that has the focus, by what it says. */
async function focused(page: Page): Promise<string> {
  return (await page.locator(':focus').textContent())?.trim() ?? '';
}
