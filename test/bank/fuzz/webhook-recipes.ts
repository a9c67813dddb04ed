import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Sent } from '../exchange.ts';
import type { RunningBank } from '../running-bank.ts';
import type { Attempt, Valid } from './bad-requests.ts';
import { fresh, type Recipe } from './recipe.ts';

async function endpoint(bank: RunningBank, eventTypes = ['none.*']): Promise<string> {
  const endpointId = fresh('endpoint');
  // Nothing there takes deliveries.
  const url = `${bank.gateway}/nowhere`;
  await bank.post('/v1/webhooks/endpoints', { endpointId, url, eventTypes });
  return endpointId;
}

/** A delivery that was given up. */
async function delivery(bank: RunningBank): Promise<string> {
  const endpointId = await endpoint(bank, ['ledger.account-opened']);
  const account = { accountId: fresh('account'), currency: 'EUR', kind: 'liability' };
  await bank.post('/v1/ledger/accounts', account);
  for (;;) {
    const page = await bank.get(`/v1/webhooks/deliveries?endpoint=${endpointId}&status=dead`);
    const [first] = page['deliveries'] as { deliveryId: string }[];
    if (first !== undefined) {
      await bank.post(`/v1/webhooks/endpoints/${endpointId}/disable`);
      return first.deliveryId;
    }
    await sleep(50);
  }
}

async function source(bank: RunningBank): Promise<{ source: string; secret: string }> {
  const name = fresh('source');
  const { secret } = await bank.post('/v1/webhooks/sources', { source: name });
  return { source: name, secret: String(secret) };
}

/** A message with headers that its sender could have signed. */
function signed(
  secret: string,
  { text, atMs = Date.now(), id = fresh('message') }: { text: string; atMs?: number; id?: string },
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), text),
  };
}

async function inbound(bank: RunningBank): Promise<Valid> {
  const { source: name, secret } = await source(bank);
  const body = { type: 'paid', data: { amount: 5 } };
  const headers = signed(secret, { text: JSON.stringify(body) });
  const params = { source: name };
  return { params, body, headers, more: (good) => badMessages(secret, good) };
}

/** Forged, stale, cut or unreadable messages. */
function badMessages(secret: string, good: Sent): Attempt[] {
  const withHeaders = (
    name: string,
    headers: Record<string, string>,
    body = good.body,
  ): Attempt => ({
    name,
    sent: { ...good, headers: { ...good.headers, ...headers }, body },
  });
  const resigned = (name: string, text: string, atMs?: number) =>
    withHeaders(name, signed(secret, { text, ...(atMs && { atMs }) }), Buffer.from(text));
  const hourMs = 3_600_000;
  const text = good.body?.toString() ?? '';
  const forged = signed(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, { text });
  const junk = ['', 'x', 'é', '.', 'v1,', 'v1,AAAA', '-1', '1e9', '9'.repeat(400)];
  return [
    withHeaders('signed by somebody else', forged),
    withHeaders('another body than was signed', {}, Buffer.from(`${text} `)),
    resigned('of an hour ago', text, Date.now() - hourMs),
    resigned('of an hour ahead', text, Date.now() + hourMs),
    resigned('signed, but no JSON', '{"a":'),
    resigned('signed, but empty', ''),
    resigned('signed, but of 70 KB', `"${'x'.repeat(70_000)}"`),
    ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].flatMap((field) =>
      junk.map((value) => withHeaders(`${field} is ${value.slice(0, 9)}`, { [field]: value })),
    ),
  ];
}

export const WEBHOOKS: Readonly<Record<string, Recipe>> = {
  'POST /v1/webhooks/endpoints': (bank) => ({
    body: {
      endpointId: fresh('endpoint'),
      url: `${bank.gateway}/nowhere`,
      eventTypes: ['none.*'],
      description: 'of nobody',
    },
  }),
  'POST /v1/webhooks/endpoints/{id}/rotate-secret': async (bank) => ({
    params: { id: await endpoint(bank) },
    body: { overlapS: 5 },
  }),
  'POST /v1/webhooks/endpoints/{id}/disable': async (bank) => ({
    params: { id: await endpoint(bank) },
  }),
  'POST /v1/webhooks/endpoints/{id}/enable': async (bank) => {
    const id = await endpoint(bank);
    await bank.post(`/v1/webhooks/endpoints/${id}/disable`);
    return { params: { id } };
  },
  'POST /v1/webhooks/endpoints/{id}/replay': async (bank) => ({
    params: { id: await endpoint(bank) },
    body: { afterPosition: '1', upToPosition: '2' },
  }),
  'GET /v1/webhooks/endpoints': () => ({}),
  'GET /v1/webhooks/endpoints/{id}': async (bank) => ({ params: { id: await endpoint(bank) } }),
  'GET /v1/webhooks/deliveries': () => ({}),
  'GET /v1/webhooks/deliveries/{id}': async (bank) => ({ params: { id: await delivery(bank) } }),
  'POST /v1/webhooks/deliveries/{id}/retry': async (bank) => ({
    params: { id: await delivery(bank) },
  }),
  'POST /v1/webhooks/sources': () => ({ body: { source: fresh('source') } }),
  'POST /v1/webhooks/sources/{source}/rotate-secret': async (bank) => ({
    params: { source: (await source(bank)).source },
    body: { overlapS: 5 },
  }),
  'POST /v1/webhooks/inbound/{source}': inbound,
};
