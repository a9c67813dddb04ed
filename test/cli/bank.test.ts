import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import {
  bankWorkspace,
  cleanEnvironment,
  fintech,
  fintechJson,
  temporaryFolder,
} from './program.ts';

let bank: Awaited<ReturnType<typeof bankWorkspace>>;
let cwd: string;
let gateway: string;
let token: string;

beforeAll(async () => {
  bank = await bankWorkspace();
  cwd = bank.root;
  const started = await fintech(['up', '--detach'], { cwd });
  if (started.exitCode !== 0) throw new Error(started.stderr);
  const { data } = await fintechJson<Record<string, string>>(['env'], { cwd });
  gateway = data['FINTECH_GATEWAY_URL'] ?? '';
  const mint = ['token', 'mint', '--persona', 'customer', '--scope', 'ledger:post', '--ttl', '1h'];
  token = (await fintech(mint, { cwd })).stdout.trim();
  for (const [accountId, kind] of [
    ['cash', 'asset'],
    ['alice', 'liability'],
    ['bob', 'liability'],
  ]) {
    await post('/v1/ledger/accounts', { accountId, currency: 'EUR', kind });
  }
});
afterAll(() => bank[Symbol.asyncDispose]());

interface Answer {
  status: number;
  type: string;
  replayed: boolean;
  body: Record<string, unknown>;
}

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await request(`${gateway}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.body.text();
  return {
    status: answer.statusCode,
    type: String(answer.headers['content-type']),
    replayed: answer.headers['idempotency-replayed'] === 'true',
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

const transfer = (from: string, to: string, amount: unknown) => ({
  postings: [
    { accountId: from, direction: 'debit', amount, currency: 'EUR' },
    { accountId: to, direction: 'credit', amount, currency: 'EUR' },
  ],
});
const pay = (body: unknown, key: string) =>
  post('/v1/ledger/transactions', body, { 'idempotency-key': key });

async function balanceOf(accountId: string): Promise<unknown> {
  const mint = ['token', 'mint', '--persona', 'auditor', '--scope', 'ledger:read'];
  const reader = (await fintech(mint, { cwd })).stdout.trim();
  const { body } = await request(`${gateway}/v1/ledger/accounts/${accountId}`, {
    headers: { authorization: `Bearer ${reader}` },
  });
  return ((await body.json()) as { balance: unknown }).balance;
}

describe('a payment through the gateway', () => {
  it('moves money once, however often it is sent under one key', async () => {
    expect(await pay(transfer('cash', 'alice', 100_00), 'deposit')).toMatchObject({ status: 201 });
    const first = await pay(transfer('alice', 'bob', 12_50), 'payment');
    expect(first).toMatchObject({ status: 201, replayed: false });
    const again = await pay(transfer('alice', 'bob', 12_50), 'payment');
    expect(again).toMatchObject({ status: 201, replayed: true, body: first.body });
    expect(await balanceOf('bob')).toBe(12_50);
    expect(await pay(transfer('alice', 'bob', 12_51), 'payment')).toMatchObject({ status: 422 });
  });

  it('is refused without a token, or without the scope', async () => {
    const bare = { authorization: '' };
    expect(
      (await post('/v1/ledger/transactions', transfer('alice', 'bob', 1), bare)).status,
    ).not.toBe(201);
    const none = await request(`${gateway}/v1/ledger/transactions`, { method: 'POST', body: '{}' });
    expect(none.statusCode).toBe(401);
    const mint = ['token', 'mint', '--persona', 'customer', '--scope', 'ledger:read'];
    const reader = (await fintech(mint, { cwd })).stdout.trim();
    const headers = { authorization: `Bearer ${reader}`, 'idempotency-key': 'reader' };
    expect(
      await post('/v1/ledger/transactions', transfer('alice', 'bob', 1), headers),
    ).toMatchObject({ status: 403 });
  });

  it.each([
    ['a float', transfer('alice', 'bob', 12.5), 400],
    ['a string', transfer('alice', 'bob', 'ten'), 400],
    ['a negative amount', transfer('alice', 'bob', -5), 400],
    ['no JSON', '{"postings":', 400],
    ['a member named twice', '{"postings":[],"postings":[]}', 400],
    [
      'an unknown currency',
      {
        postings: transfer('alice', 'bob', 5).postings.map((posting) => ({
          ...posting,
          currency: 'XXQ',
        })),
      },
      400,
    ],
    ['an unknown account', transfer('alice', 'nobody', 5), 404],
    [
      'an unbalanced transaction',
      {
        postings: [
          transfer('alice', 'bob', 5).postings[0],
          transfer('alice', 'bob', 6).postings[1],
        ],
      },
      422,
    ],
    ['insufficient funds', transfer('bob', 'alice', 1_000_000), 422],
  ])('with %s is refused by problem details', async (name, body, status) => {
    const answer = await pay(body, `bad-${name.replaceAll(' ', '-')}`);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, title: expect.any(String) });
  });

  it('needs an Idempotency-Key', async () => {
    expect(await post('/v1/ledger/transactions', transfer('alice', 'bob', 1))).toMatchObject({
      status: 400,
    });
  });

  it('with funds for ten of a hundred at once, succeeds exactly ten times', async () => {
    await post('/v1/ledger/accounts', { accountId: 'racer', currency: 'EUR', kind: 'liability' });
    await pay(transfer('cash', 'racer', 1000), 'race-funds');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pay(transfer('racer', 'bob', 100), `race-${index}`),
      ),
    );
    const counts = Map.groupBy(answers, ({ status }) => status);
    expect(counts.get(201)).toHaveLength(10);
    expect(counts.get(422)).toHaveLength(90);
    expect(await balanceOf('racer')).toBe(0);
  });
});

describe('the log of the bank', () => {
  it('verifies, and one changed digit is found and named', async () => {
    using folder = temporaryFolder();
    const log = (await fintech(['events', 'export'], { cwd })).stdout;
    const file = join(folder.path, 'log.ndjson');
    writeFileSync(file, log);
    expect(await fintech(['verify', file], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
    expect(await fintech(['verify'], { cwd })).toMatchObject({ exitCode: 0 });

    const lines = log.split('\n');
    const at = lines.findIndex((line) => line.includes('transaction-posted'));
    const { id } = JSON.parse(lines[at] ?? '') as { id: string };
    lines[at] = (lines[at] ?? '').replace('"amount":1', '"amount":2');
    writeFileSync(file, lines.join('\n'));
    const found = await fintech(['verify', file], { cwd: folder.path });
    expect(found.exitCode).toBe(3);
    expect(found.stdout).toContain(id);
  });

  it('is still there after down and up, and the service goes on with it', async () => {
    await fintech(['down'], { cwd });
    expect(await fintech(['up', '--detach'], { cwd })).toMatchObject({ exitCode: 0 });
    const { data } = await fintechJson<SandboxStatus>(['status'], { cwd });
    expect(data.state).toBe('ready');
    expect(await balanceOf('racer')).toBe(0);
    expect(await pay(transfer('alice', 'bob', 12_50), 'payment')).toMatchObject({
      status: 201,
      replayed: true,
    });
  });
});

it('the workspace passes its own tests, also the one that needs the running sandbox', async () => {
  const { stdout, exitCode } = await fintech(['exec', '--', 'npm', 'test'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('against a real sandbox');
  expect(stdout).not.toContain('needs a sandbox');
});

it('init says that all is unchanged when it runs again; add refuses a name that is taken', async () => {
  const again = await fintech(['init', '.', '--services', 'ledger', '--yes', '--name', 'bank'], {
    cwd,
  });
  expect(again.exitCode).toBe(0);
  const { error, exitCode } = await fintechJson(['add', 'ledgr'], { cwd });
  expect([exitCode, error?.code]).toEqual([2, 'SCAFFOLD_UNKNOWN_TEMPLATE']);
  expect(existsSync(join(cwd, 'services/ledgr'))).toBe(false);
  const templates = await fintechJson<unknown[]>(['templates'], { cwd });
  expect(JSON.stringify(templates.data)).toContain('ledger');
  expect(readFileSync(join(cwd, 'fintech.yaml'), 'utf8')).toContain('# ');
});

it('npm test alone skips what needs the sandbox, by name', async () => {
  const { stdout, exitCode } = await execa('npm', ['test'], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('against a real sandbox');
  expect(stdout).toContain('needs a sandbox');
});
