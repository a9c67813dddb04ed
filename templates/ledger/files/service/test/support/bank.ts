import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import { Ledger } from '../../src/commands/ledger.ts';
import { addRoutes, createServer } from '../../src/http/app.ts';
import { statusOf } from '../../src/http/problems.ts';
import { BASE_PATH, SCOPES } from '../../src/names.ts';
import { keepUp } from '../../src/projection/keep-up.ts';
import { ReadModel } from '../../src/projection/read-model.ts';
import { MemoryEventStore } from './memory-event-store.ts';

export const ISSUER = 'http://127.0.0.1:9080';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' };
/** The keys the issuer publishes. */
export const issuerKeys: JWTVerifyGetKey = createLocalJWKSet({ keys: [jwk] });

/** An access token as the issuer would sign it, but for what is changed. */
export function tokenWith(
  claims: Record<string, unknown> = {},
  header: Record<string, string> = {},
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: ISSUER,
    aud: 'api',
    sub: 'usr_1',
    client_id: 'app',
    jti: 'j',
    iat: nowS,
    exp: nowS + 300,
    scope: Object.values(SCOPES).join(' '),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test', ...header })
    .sign(privateKey);
}

export interface BankOptions {
  store?: MemoryEventStore;
  dataFolder?: string;
  decideWithinMs?: number;
  now?: () => Date;
}

/** The whole service without a port: real routes, tokens and tables over an event store in memory. */
export class Bank implements AsyncDisposable {
  readonly app: FastifyInstance;
  readonly store: MemoryEventStore;
  readonly model: ReadModel;
  readonly dataFolder: string;
  readonly unreadable: string[] = [];
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;
  readonly #ownFolder: boolean;
  readonly #token: string;

  static async open(options: BankOptions = {}): Promise<Bank> {
    const bank = new Bank(options, await tokenWith());
    await bank.model.reached(bank.store.events.length, AbortSignal.timeout(5000));
    return bank;
  }

  private constructor(options: BankOptions, token: string) {
    this.#token = token;
    this.#ownFolder = options.dataFolder === undefined;
    this.dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'ledger-'));
    this.store = options.store ?? new MemoryEventStore();
    this.model = new ReadModel(this.dataFolder, ({ type }) => this.unreadable.push(type));
    this.app = createServer();
    const { model, store, dataFolder } = this;
    const { decideWithinMs = 5000, now = () => new Date() } = options;
    const ledger = new Ledger({ store, model, statusOf, decideWithinMs, now });
    const access = { issuer: ISSUER, audience: 'api', keys: issuerKeys };
    addRoutes(this.app, { ledger, model, dataFolder, access, isReady: () => true });
    const { signal } = this.#stopping;
    this.#following = keepUp({ model, store }, { signal, log: this.app.log, onCaughtUp: () => {} });
  }

  get(path: string, token: string = this.#token): Promise<LightMyRequestResponse> {
    return this.app.inject({ url: `${BASE_PATH}${path}`, headers: bearer(token) });
  }

  /** @param body an object, or a text sent as it is */
  post(
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method: 'POST',
      url: `${BASE_PATH}${path}`,
      headers: { ...bearer(this.#token), 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
  }

  /** Posts a transaction that moves money from one account to the other. */
  move(
    amount: number,
    { from, to, key = crypto.randomUUID() }: { from: string; to: string; key?: string },
  ): Promise<LightMyRequestResponse> {
    const postings = [
      { accountId: from, direction: 'debit', amount, currency: 'EUR' },
      { accountId: to, direction: 'credit', amount, currency: 'EUR' },
    ];
    return this.post('/transactions', { postings }, { 'idempotency-key': key });
  }

  /** Opens customer accounts, and one of the bank's own that funds them. */
  async openAccounts(...ids: string[]): Promise<void> {
    await this.post('/accounts', { accountId: 'capital', currency: 'EUR', kind: 'equity' });
    for (const accountId of ids) {
      await this.post('/accounts', { accountId, currency: 'EUR', kind: 'liability' });
    }
  }

  async balanceOf(accountId: string): Promise<number> {
    return (await this.get(`/accounts/${accountId}`)).json<{ balance: number }>().balance;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    this.#stopping.abort();
    await this.#following;
    this.model.close();
    if (this.#ownFolder) rmSync(this.dataFolder, { recursive: true });
  }
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
