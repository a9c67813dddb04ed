import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBank } from '../running-bank.ts';
import { fresh, type Recipe } from './recipe.ts';
import { WEBHOOKS } from './webhook-recipes.ts';

async function openedAccount(bank: RunningBank, kind = 'liability'): Promise<string> {
  const accountId = fresh('account');
  await bank.post('/v1/ledger/accounts', { accountId, currency: 'EUR', kind });
  return accountId;
}

const transfer = (from: string, to: string) =>
  [
    { accountId: from, direction: 'debit', amount: 1000, currency: 'EUR' },
    { accountId: to, direction: 'credit', amount: 1000, currency: 'EUR' },
  ] as const;

async function fundedAccount(bank: RunningBank): Promise<string> {
  const accountId = await openedAccount(bank);
  const postings = transfer(await openedAccount(bank, 'asset'), accountId);
  await bank.post('/v1/ledger/transactions', { postings });
  return accountId;
}

async function placedHold(bank: RunningBank): Promise<string> {
  const holdId = fresh('hold');
  const accountId = await fundedAccount(bank);
  await bank.post('/v1/ledger/holds', { holdId, accountId, amount: 500, currency: 'EUR' });
  return holdId;
}

const LEDGER: Readonly<Record<string, Recipe>> = {
  'POST /v1/ledger/accounts': () => ({
    body: { accountId: fresh('account'), currency: 'JPY', kind: 'liability', overdraft: 5 },
  }),
  'POST /v1/ledger/accounts/{id}/freeze': async (bank) => ({
    params: { id: await openedAccount(bank) },
  }),
  'POST /v1/ledger/accounts/{id}/unfreeze': async (bank) => {
    const id = await openedAccount(bank);
    await bank.post(`/v1/ledger/accounts/${id}/freeze`);
    return { params: { id } };
  },
  'POST /v1/ledger/accounts/{id}/close': async (bank) => ({
    params: { id: await openedAccount(bank) },
  }),
  'POST /v1/ledger/transactions': async (bank) => ({
    body: {
      transactionId: fresh('transaction'),
      postings: transfer(await openedAccount(bank, 'asset'), await openedAccount(bank)),
      paymentId: fresh('payment'),
      effectiveAt: '2027-01-01T00:00:00Z',
    },
  }),
  'POST /v1/ledger/holds': async (bank) => ({
    body: {
      holdId: fresh('hold'),
      accountId: await fundedAccount(bank),
      amount: 1000,
      currency: 'EUR',
      expiresAt: '2099-01-01T00:00:00Z',
      paymentId: fresh('payment'),
    },
  }),
  'POST /v1/ledger/holds/{id}/post': async (bank) => ({
    params: { id: await placedHold(bank) },
    body: { toAccountId: await openedAccount(bank), amount: 300, transactionId: fresh('taken') },
  }),
  'POST /v1/ledger/holds/{id}/void': async (bank) => ({ params: { id: await placedHold(bank) } }),
  'GET /v1/ledger/accounts/{id}': async (bank) => ({ params: { id: await fundedAccount(bank) } }),
  'GET /v1/ledger/accounts/{id}/statement': async (bank) => ({
    params: { id: await fundedAccount(bank) },
  }),
  'GET /v1/ledger/transactions/{id}': async (bank) => {
    const transactionId = fresh('transaction');
    const postings = transfer(await openedAccount(bank, 'asset'), await openedAccount(bank));
    await bank.post('/v1/ledger/transactions', { transactionId, postings });
    return { params: { id: transactionId } };
  },
  'GET /v1/ledger/holds/{id}': async (bank) => ({ params: { id: await placedHold(bank) } }),
  'GET /v1/ledger/trial-balance': () => ({}),
};

const SERVICE: Readonly<Record<string, Recipe>> = {
  'POST /v1/service/notes': () => ({ body: { noteId: fresh('note'), text: 'taken' } }),
  'GET /v1/service/notes/{id}': async (bank) => {
    const noteId = fresh('note');
    await bank.post('/v1/service/notes', { noteId, text: 'taken' });
    return { params: { id: noteId } };
  },
};

async function keptAccount(bank: RunningBank): Promise<string> {
  const accountId = fresh('kept');
  await bank.post('/v1/accounts', { accountId, currency: 'EUR', owner: 'usr_customer' });
  return accountId;
}

const ACCOUNTS: Readonly<Record<string, Recipe>> = {
  'POST /v1/accounts': () => ({
    body: {
      accountId: fresh('kept'),
      currency: 'KWD',
      kind: 'liability',
      overdraft: 5,
      owner: 'usr_customer',
    },
  }),
  'POST /v1/accounts/{id}/freeze': async (bank) => ({ params: { id: await keptAccount(bank) } }),
  'POST /v1/accounts/{id}/unfreeze': async (bank) => {
    const id = await keptAccount(bank);
    await bank.post(`/v1/accounts/${id}/freeze`);
    return { params: { id } };
  },
  'POST /v1/accounts/{id}/close': async (bank) => ({ params: { id: await keptAccount(bank) } }),
  'GET /v1/accounts/{id}': async (bank) => ({ params: { id: await keptAccount(bank) } }),
  'GET /v1/accounts/{id}/balance': async (bank) => ({ params: { id: await keptAccount(bank) } }),
};

export async function order(bank: RunningBank): Promise<object> {
  const from = await fundedAccount(bank);
  const to = await openedAccount(bank);
  return { paymentId: fresh('payment'), amount: 700, currency: 'EUR', from, to };
}

async function authorisedPayment(bank: RunningBank): Promise<string> {
  const { paymentId, status } = await bank.post('/v1/payments', await order(bank));
  if (status !== 'authorised') throw new Error(`${String(paymentId)} is ${String(status)}`);
  return String(paymentId);
}

async function settledPayment(bank: RunningBank): Promise<string> {
  const id = await authorisedPayment(bank);
  await bank.post(`/v1/payments/${id}/capture`);
  while ((await bank.get(`/v1/payments/${id}`))['status'] !== 'settled') await sleep(20);
  return id;
}

const PAYMENTS: Readonly<Record<string, Recipe>> = {
  'POST /v1/payments': async (bank) => ({ body: await order(bank) }),
  'POST /v1/payments/{id}/capture': async (bank) => ({
    params: { id: await authorisedPayment(bank) },
    body: { amount: 300 },
  }),
  'POST /v1/payments/{id}/void': async (bank) => ({
    params: { id: await authorisedPayment(bank) },
  }),
  'POST /v1/payments/{id}/refund': async (bank) => ({
    params: { id: await settledPayment(bank) },
    body: { refundId: fresh('refund'), amount: 200 },
  }),
  'GET /v1/payments/{id}': async (bank) => ({ params: { id: await settledPayment(bank) } }),
};

const EVERY_SERVICE: Readonly<Record<string, Recipe>> = {
  'GET /openapi.json': () => ({}),
  'GET /health/live': () => ({}),
  'GET /health/ready': () => ({}),
};

const readModel = (name: string): Readonly<Record<string, Recipe>> => ({
  'GET /internal/projections/{name}': () => ({ params: { name } }),
});

/** How to ask for every operation of every service. */
export const RECIPES: Readonly<Record<string, Readonly<Record<string, Recipe>>>> = {
  ledger: { ...EVERY_SERVICE, ...readModel('balances'), ...LEDGER },
  accounts: { ...EVERY_SERVICE, ...readModel('balances'), ...ACCOUNTS },
  payments: { ...EVERY_SERVICE, ...readModel('payments'), ...PAYMENTS },
  webhooks: { ...EVERY_SERVICE, ...readModel('deliveries'), ...WEBHOOKS },
  service: { ...EVERY_SERVICE, ...readModel('notes'), ...SERVICE },
};
