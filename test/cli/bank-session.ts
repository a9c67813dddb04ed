import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { type Ended, fintech, fintechJson, temporaryFolder } from './program.ts';

interface Answer {
  status: number;
  type: string;
  replayed: boolean;
  body: Record<string, unknown>;
}

/** A customer of a bank that runs in a workspace, whatever driver runs it. */
export class BankSession {
  readonly #place: { cwd: string; env: Record<string, string> };
  #gateway = '';
  #token = '';

  private constructor(cwd: string, env: Record<string, string>) {
    this.#place = { cwd, env };
  }

  /** Opens accounts for cash, Alice and Bob. */
  static async open(cwd: string, env: Record<string, string> = {}): Promise<BankSession> {
    const session = new BankSession(cwd, env);
    const { data } = await fintechJson<Record<string, string>>(['env'], { cwd, env });
    session.#gateway = data['FINTECH_GATEWAY_URL'] ?? '';
    session.#token = await session.mint('customer', 'ledger:post', '--ttl', '1h');
    for (const [accountId, kind] of [
      ['cash', 'asset'],
      ['alice', 'liability'],
      ['bob', 'liability'],
    ]) {
      await session.post('/v1/ledger/accounts', { accountId, currency: 'EUR', kind });
    }
    return session;
  }

  get gateway(): string {
    return this.#gateway;
  }

  /** Runs the program in the bank's workspace. */
  run(...args: string[]): Promise<Ended> {
    return fintech(args, this.#place);
  }

  async state(): Promise<string> {
    return (await fintechJson<SandboxStatus>(['status'], this.#place)).data.state;
  }

  async mint(persona: string, scope: string, ...more: string[]): Promise<string> {
    const minted = await this.run('token', 'mint', '--persona', persona, '--scope', scope, ...more);
    return minted.stdout.trim();
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${this.#token}`;
    const answer = await request(`${this.#gateway}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...headers },
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

  pay(body: unknown, key: string): Promise<Answer> {
    return this.post('/v1/ledger/transactions', body, { 'idempotency-key': key });
  }

  async balanceOf(accountId: string): Promise<unknown> {
    const reader = await this.mint('auditor', 'ledger:read');
    const { body } = await request(`${this.#gateway}/v1/ledger/accounts/${accountId}`, {
      headers: { authorization: `Bearer ${reader}` },
    });
    return ((await body.json()) as { balance: unknown }).balance;
  }
}

interface Posting {
  accountId: string;
  direction: 'debit' | 'credit';
  amount: unknown;
  currency: string;
}

/** The body of a payment. */
export const transfer = (
  from: string,
  to: string,
  amount: unknown,
): { postings: [Posting, Posting] } => ({
  postings: [
    { accountId: from, direction: 'debit', amount, currency: 'EUR' },
    { accountId: to, direction: 'credit', amount, currency: 'EUR' },
  ],
});

/** What a customer may expect of a bank, wherever it runs. It leaves the sandbox running. */
export function describeBank(bank: () => BankSession): void {
  describe('a payment through the gateway', () => {
    it('moves money once, however often it is sent under one key', async () => {
      expect(await bank().pay(transfer('cash', 'alice', 100_00), 'deposit')).toMatchObject({
        status: 201,
      });
      const first = await bank().pay(transfer('alice', 'bob', 12_50), 'payment');
      expect(first).toMatchObject({ status: 201, replayed: false });
      const again = await bank().pay(transfer('alice', 'bob', 12_50), 'payment');
      expect(again).toMatchObject({ status: 201, replayed: true, body: first.body });
      expect(await bank().balanceOf('bob')).toBe(12_50);
      expect(await bank().pay(transfer('alice', 'bob', 12_51), 'payment')).toMatchObject({
        status: 422,
      });
    });

    it('is refused without a token, or without the scope', async () => {
      const bare = { authorization: '' };
      expect(
        (await bank().post('/v1/ledger/transactions', transfer('alice', 'bob', 1), bare)).status,
      ).not.toBe(201);
      const none = await request(`${bank().gateway}/v1/ledger/transactions`, {
        method: 'POST',
        body: '{}',
      });
      expect(none.statusCode).toBe(401);
      const reader = await bank().mint('customer', 'ledger:read');
      const headers = { authorization: `Bearer ${reader}`, 'idempotency-key': 'reader' };
      expect(
        await bank().post('/v1/ledger/transactions', transfer('alice', 'bob', 1), headers),
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
      const answer = await bank().pay(body, `bad-${name.replaceAll(' ', '-')}`);
      expect(answer.status).toBe(status);
      expect(answer.type).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ status, title: expect.any(String) });
    });

    it('needs an Idempotency-Key', async () => {
      expect(
        await bank().post('/v1/ledger/transactions', transfer('alice', 'bob', 1)),
      ).toMatchObject({
        status: 400,
      });
    });

    it('with funds for ten of a hundred at once, succeeds exactly ten times', async () => {
      await bank().post('/v1/ledger/accounts', {
        accountId: 'racer',
        currency: 'EUR',
        kind: 'liability',
      });
      await bank().pay(transfer('cash', 'racer', 1000), 'race-funds');
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          bank().pay(transfer('racer', 'bob', 100), `race-${index}`),
        ),
      );
      const counts = Map.groupBy(answers, ({ status }) => status);
      expect(counts.get(201)).toHaveLength(10);
      expect(counts.get(422)).toHaveLength(90);
      expect(await bank().balanceOf('racer')).toBe(0);
    });
  });

  describe('the log of the bank', () => {
    it('verifies, and one changed digit is found and named', async () => {
      using folder = temporaryFolder();
      const log = (await bank().run('events', 'export')).stdout;
      const file = join(folder.path, 'log.ndjson');
      writeFileSync(file, log);
      expect(await fintech(['verify', file], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
      expect(await bank().run('verify')).toMatchObject({ exitCode: 0 });
      const compared = await bank().run('verify', '--require', 'projection/diff');
      expect(compared).toMatchObject({ exitCode: 0 });
      expect(compared.stdout).toMatch(/consistent +projection\/diff +checked [1-9]/);

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
      await bank().run('down');
      expect(await bank().run('up', '--detach')).toMatchObject({ exitCode: 0 });
      expect(await bank().state()).toBe('ready');
      expect(await bank().balanceOf('racer')).toBe(0);
      expect(await bank().pay(transfer('alice', 'bob', 12_50), 'payment')).toMatchObject({
        status: 201,
        replayed: true,
      });
    });
  });
}
