import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { BASE_PATH, LEDGER, SERVICE } from '../src/names.ts';
import { findService } from '../src/platform/discovery.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { Peer } from '../src/platform/peer.ts';
import { newTraceId } from '../src/platform/trace.ts';
import { Ledger } from '../src/steps/ledger.ts';
import { missing, oneMoreInstance } from './support/sandbox.ts';
import { tokenWith } from './support/tokens.ts';

const { env } = process;
const dispatcher = new Agent();
after(() => dispatcher.destroy());

const find = (service: string) =>
  findService(service, { variables: {}, registryUrl: env['CONSUL_HTTP_ADDR'], dispatcher });

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/p`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Bearer/);
  });

  it('the registry knows where this service is', { skip: missing }, async () => {
    assert.equal((await fetch(`${await find(SERVICE)}/health/ready`)).status, 200);
  });

  it('a payment goes from its start to its refund', { skip: missing }, async () => {
    const name = `${LEDGER.toUpperCase().replaceAll('-', '_')}_URL`;
    await using payments = await oneMoreInstance({ [name]: await find(LEDGER) });
    const ask = (path: string, body?: object) => call(`${payments.url}${BASE_PATH}${path}`, body);
    const [from, to] = await fundedAccounts(500);
    const paymentId = randomUUID();
    const order = { paymentId, amount: 300, currency: 'EUR', from, to };
    assert.equal((await ask('', order))['status'], 'authorised');
    assert.equal((await ask(`/${paymentId}/capture`, {}))['status'], 'captured');
    assert.equal((await ask(`/${paymentId}/refund`, {}))['status'], 'refunded');
    while ((await ask(`/${paymentId}`))['status'] !== 'refunded') await sleep(20);
    assert.deepEqual(await Promise.all([from, to].map(balanceOf)), [500, 0]);
  });
});

/** Posts a body, or gets where there is none. */
async function call(url: string, body?: object): Promise<Record<string, unknown>> {
  const reply = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${await tokenWith()}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return (await reply.json()) as Record<string, unknown>;
}

function ledger(): Ledger {
  const scope = `${LEDGER}:post ${LEDGER}:read`;
  return new Ledger(
    new Peer({ name: LEDGER, scope, environment: readEnvironment(env), dispatcher }),
  );
}

/** Two customers' accounts, of which the first holds an amount. */
async function fundedAccounts(amount: number): Promise<[string, string]> {
  const [cash, from, to] = [randomUUID(), randomUUID(), randomUUID()];
  for (const accountId of [cash, from, to]) {
    const kind = accountId === cash ? 'asset' : 'liability';
    const account = { accountId, currency: 'EUR', kind };
    assert.equal((await ledger().openAccount(account, occasion())).ok, true);
  }
  const funding = { from: cash, to: from, amount, currency: 'EUR' };
  assert.equal((await ledger().move(funding, occasion())).ok, true);
  return [from, to];
}

async function balanceOf(accountId: string): Promise<unknown> {
  const found = await ledger().account(accountId, occasion());
  return found.ok ? found.body['balance'] : undefined;
}

function occasion() {
  const signal = AbortSignal.timeout(5000);
  return { paymentId: randomUUID(), step: 'test', traceId: newTraceId(), signal };
}
