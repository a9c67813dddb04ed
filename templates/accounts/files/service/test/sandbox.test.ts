import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { BASE_PATH, LEDGER, SERVICE } from '../src/names.ts';
import { findService } from '../src/platform/discovery.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { Peer, problemCode } from '../src/platform/peer.ts';
import type { RunningService } from '../src/service.ts';
import { missing, oneMoreInstance } from './support/sandbox.ts';
import { tokenWith } from './support/tokens.ts';

const { env } = process;
const dispatcher = new Agent();
after(() => dispatcher.destroy());

const find = (service: string) =>
  findService(service, { variables: {}, registryUrl: env['CONSUL_HTTP_ADDR'], dispatcher });

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/none`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Bearer/);
  });

  it('the registry knows where this service is', { skip: missing }, async () => {
    assert.equal((await fetch(`${await find(SERVICE)}/health/ready`)).status, 200);
  });
});

describe('with a real ledger', () => {
  let accounts: RunningService;
  before(async () => {
    if (missing !== false) return;
    const name = `${LEDGER.toUpperCase().replaceAll('-', '_')}_URL`;
    accounts = await oneMoreInstance({ [name]: await find(LEDGER) });
  });
  after(() => accounts?.[Symbol.asyncDispose]());

  const headers = async () => {
    return { authorization: `Bearer ${await tokenWith()}`, 'content-type': 'application/json' };
  };
  const post = async (path: string, body: object = {}) => {
    const sent = { method: 'POST', headers: await headers(), body: JSON.stringify(body) };
    return fetch(`${accounts.url}${BASE_PATH}${path}`, sent);
  };
  const get = async (path: string): Promise<unknown> => {
    return (await fetch(`${accounts.url}${BASE_PATH}${path}`, { headers: await headers() })).json();
  };
  const move = (amount: number, { from, to }: { from: string; to: string }) => {
    const ledger = new Peer({
      name: LEDGER,
      scope: `${LEDGER}:post`,
      environment: readEnvironment(env),
      dispatcher,
    });
    const postings = [
      { accountId: from, direction: 'debit', amount, currency: 'EUR' },
      { accountId: to, direction: 'credit', amount, currency: 'EUR' },
    ];
    const path = `/v1/${LEDGER}/transactions`;
    const signal = AbortSignal.timeout(5000);
    return ledger.call({ method: 'POST', path, body: { postings }, key: randomUUID(), signal });
  };

  it('opens, freezes and closes, and shows what moved', { skip: missing }, async () => {
    const [cash, alice] = [`cash-${randomUUID()}`, `alice-${randomUUID()}`];
    const eur = { currency: 'EUR' };
    assert.equal((await post('', { accountId: cash, ...eur, kind: 'asset' })).status, 201);
    assert.equal((await post('', { accountId: alice, ...eur })).status, 201);
    assert.equal((await move(500, { from: cash, to: alice })).status, 201);
    const shown = { accountId: alice, ...eur, balance: 500, held: 0, available: 500 };
    while (JSON.stringify(await get(`/${alice}/balance`)) !== JSON.stringify(shown))
      await sleep(20);

    assert.equal((await post(`/${alice}/freeze`)).status, 200);
    assert.equal(problemCode(await move(1, { from: cash, to: alice })), 'account-frozen');
    assert.equal((await post(`/${alice}/unfreeze`)).status, 200);

    const full = await post(`/${alice}/close`);
    assert.equal(full.status, 409);
    assert.match(await full.text(), /account-not-empty/);
    assert.equal((await move(500, { from: alice, to: cash })).status, 201);
    assert.equal((await post(`/${alice}/close`)).status, 200);
  });
});
