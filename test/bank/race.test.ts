import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemRandom } from '../../src/kernel/random.ts';
import { Customer, newTally, type Told } from './customer.ts';
import { RunningBank } from './running-bank.ts';
import { setVariables } from './service-settings.ts';

const SENDERS = 100;
const FUNDED = 10;
const AMOUNT = 100;
/** Long enough for the race, short enough to wait for. */
const CAPTURE_WITHIN_S = 15;

let bank: RunningBank;

beforeAll(async () => {
  bank = await RunningBank.start('accounts,ledger,payments', {
    prepare: (root) =>
      setVariables(root, 'payments', { CAPTURE_WITHIN_S: String(CAPTURE_WITHIN_S) }),
  });
  const cash = { accountId: 'cash', currency: 'EUR', kind: 'asset' };
  await bank.post('/v1/ledger/accounts', cash);
  for (const accountId of ['mover', 'payer', 'payee', 'spender']) {
    await bank.post('/v1/accounts', { accountId, currency: 'EUR' });
  }
  for (const accountId of ['mover', 'payer']) {
    await bank.post('/v1/ledger/transactions', transfer('cash', accountId, FUNDED * AMOUNT));
  }
  await bank.post('/v1/ledger/transactions', transfer('cash', 'spender', 100_000));
});
afterAll(() => bank[Symbol.asyncDispose]());

const transfer = (from: string, to: string, amount: number) => ({
  postings: [
    { accountId: from, direction: 'debit', amount, currency: 'EUR' },
    { accountId: to, direction: 'credit', amount, currency: 'EUR' },
  ],
});

const balance = (accountId: string) => bank.get(`/v1/accounts/${accountId}/balance`);

/** All at the same moment. */
const race = (target: string, body: object): Promise<Told[]> =>
  Promise.all(Array.from({ length: SENDERS }, () => customer().command({ target, body })));

const customer = () => {
  const { gateway, token } = bank;
  return new Customer({ gateway, token, random: systemRandom, doubled: 0 }, newTally());
};

const authorised = async (amount: number): Promise<string> => {
  const order = { amount, currency: 'EUR', from: 'spender', to: 'payee' };
  const { body } = await customer().command({ target: '/v1/payments', body: order });
  expect(body).toMatchObject({ status: 'authorised' });
  return String(body['paymentId']);
};

const isAtLast = (id: string, status: string) =>
  vi.waitFor(async () => expect(await bank.get(`/v1/payments/${id}`)).toMatchObject({ status }), {
    timeout: 30_000,
    interval: 50,
  });

const verified = async () => {
  const models = ['balances=ledger', 'holds=ledger', 'balances=accounts'];
  const flags = models.flatMap((model) => ['--read-model', model]);
  const { exitCode, stdout } = await bank.run('verify', ...flags, '--require', 'projection/diff');
  expect(exitCode, stdout).toBe(0);
};

describe('of what is asked of one payment at the same moment', () => {
  it('either the capture or the void is done', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => authorised(AMOUNT)));
    await Promise.all(
      ids.map(async (id) => {
        const [captured, voided] = await Promise.all([
          customer().command({ target: `/v1/payments/${id}/capture`, body: {} }),
          customer().command({ target: `/v1/payments/${id}/void`, body: {} }),
        ]);
        const isCaptured = captured.status === 200;
        const [done, refused] = isCaptured ? [captured, voided] : [voided, captured];
        const status = isCaptured ? 'captured' : 'voided';
        expect(done).toMatchObject({ status: 200, body: { paymentId: id, status } });
        expect(refused).toMatchObject({ status: 409 });
        await isAtLast(id, isCaptured ? 'settled' : 'voided');
      }),
    );
  });

  it('as many refunds pass as what was captured suffices for', async () => {
    const id = await authorised(1000);
    await bank.post(`/v1/payments/${id}/capture`);
    await isAtLast(id, 'settled');
    const before = await balance('payee');
    const told = await race(`/v1/payments/${id}/refund`, { amount: 300 });
    const counts = Map.groupBy(told, ({ status, body }) => `${status} ${String(body['status'])}`);
    expect(counts.get('201 refunded')).toHaveLength(3);
    expect(counts.get('422 422')).toHaveLength(SENDERS - 3);
    expect(await bank.get(`/v1/payments/${id}`)).toMatchObject({
      status: 'settled',
      refunded: 900,
    });
    expect(await balance('payee')).toMatchObject({ balance: Number(before['balance']) - 900 });
    await verified();
  });
});

describe(`with funds for ${FUNDED} of ${SENDERS} at once`, () => {
  it('exactly so many transfers pass, and nothing is left', async () => {
    const before = (await balance('payee'))['balance'];
    const answers = await race('/v1/ledger/transactions', transfer('mover', 'payee', AMOUNT));
    const counts = Map.groupBy(answers, ({ status }) => status);
    expect(counts.get(201)).toHaveLength(FUNDED);
    expect(counts.get(422)).toHaveLength(SENDERS - FUNDED);
    expect(await balance('mover')).toMatchObject({ balance: 0, held: 0, available: 0 });
    expect(await balance('payee')).toMatchObject({ balance: Number(before) + FUNDED * AMOUNT });
    await verified();
  });

  it('exactly so many payments are authorised, and none once nobody captures them in time', async () => {
    const order = { amount: AMOUNT, currency: 'EUR', from: 'payer', to: 'payee' };
    const payments = (await race('/v1/payments', order)).map(({ body }) => body);
    const told = Map.groupBy(payments, ({ status, reason }) => [status, reason].join());
    expect(told.get('authorised,')).toHaveLength(FUNDED);
    expect(told.get('declined,insufficient-funds')).toHaveLength(SENDERS - FUNDED);
    const held = FUNDED * AMOUNT;
    expect(await balance('payer')).toMatchObject({ balance: held, held, available: 0 });
    await verified();

    const authorised = payments.filter(({ status }) => status === 'authorised');
    await vi.waitFor(
      async () => {
        for (const { paymentId } of authorised) {
          const { status, reason } = await bank.get(`/v1/payments/${String(paymentId)}`);
          expect([status, reason]).toEqual(['voided', 'authorisation-expired']);
        }
      },
      { timeout: 2000 * CAPTURE_WITHIN_S, interval: 500 },
    );
    expect(await balance('payer')).toMatchObject({ balance: held, held: 0, available: held });
    await verified();
  });
});
