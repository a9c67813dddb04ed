import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Agent } from 'undici';
import { openAccountCommand } from '../src/commands/account-commands.ts';
import type { Command } from '../src/commands/command.ts';
import { CommandHandler } from '../src/commands/command-handler.ts';
import { ledgerDomain } from '../src/commands/ledger-domain.ts';
import { postTransactionCommand } from '../src/commands/transaction-commands.ts';
import type { Books } from '../src/domain/books.ts';
import { createServer } from '../src/http/app.ts';
import { BASE_PATH, SERVICE } from '../src/names.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { HttpEventStore } from '../src/platform/event-store.ts';
import { findService } from '../src/platform/discovery.ts';
import { TokenSource } from '../src/platform/tokens.ts';
import { newTraceparent } from '../src/platform/trace.ts';
import { Database } from '../src/projection/database.ts';
import { fold } from '../src/projection/fold.ts';
import { keepUp } from '../src/projection/keep-up.ts';
import { ReadModel } from '../src/projection/read-model.ts';
import { Tables } from '../src/projection/tables.ts';

const { env } = process;
const hint = `needs a sandbox: fintech exec --service ${SERVICE} -- npm test`;
const missing = env['FINTECH_CLIENT_SECRET'] ? false : hint;

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/trial-balance`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Bearer/);
  });

  it('the registry knows where this service is', { skip: missing }, async () => {
    await using world = new World();
    const { dispatcher } = world;
    const registryUrl = env['CONSUL_HTTP_ADDR'];
    const url = await findService(SERVICE, { variables: {}, registryUrl, dispatcher });
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
  });

  it('ten of a hundred transfers over funds for ten pass', { skip: missing }, async () => {
    await using world = new World();
    const run = randomUUID().slice(0, 8);
    const [capital, alice, bob] = ['capital', 'alice', 'bob'].map((name) => `${name}-${run}`);
    assert.ok(capital && alice && bob);
    await world.open(capital, 'equity');
    await world.open(alice, 'liability');
    await world.open(bob, 'liability');
    await world.move(1000, capital, alice);
    const results = await Promise.all(
      Array.from({ length: 100 }, () => world.move(100, alice, bob)),
    );
    assert.equal(results.filter(({ kind }) => kind === 'done').length, 10);
    assert.equal(results.filter(({ kind }) => kind === 'refused').length, 90);
    assert.equal(world.books.account(alice)?.balance, 0);
    assert.equal(world.books.account(bob)?.balance, 1000);
  });
});

/** A second instance of this service, without its door: the real store, tokens and tables. */
class World implements AsyncDisposable {
  readonly dispatcher = new Agent();
  readonly #folder = mkdtempSync(join(tmpdir(), 'ledger-sandbox-'));
  readonly #database = new Database(this.#folder);
  readonly books = new Tables(this.#database);
  readonly #stopping = new AbortController();
  readonly #model = new ReadModel({
    database: this.#database,
    fold: (event) => fold(this.books, event),
    log: createServer().log,
  });
  readonly #ledger: CommandHandler<Books>;
  readonly #following: Promise<void>;

  constructor() {
    const { eventsUrl, tokenUrl, client } = readEnvironment(env);
    const { dispatcher } = this;
    const model = this.#model;
    const about = { resource: 'urn:fintech:events', scope: 'events:append events:read' };
    const tokens = new TokenSource({ tokenUrl, client, dispatcher, ...about });
    const store = new HttpEventStore({ url: eventsUrl, tokens, dispatcher });
    this.#ledger = new CommandHandler({ store, log: model, domain: ledgerDomain(this.books) });
    const { signal } = this.#stopping;
    const { log } = createServer();
    this.#following = keepUp({ model, store }, { signal, log, onCaughtUp: () => {} });
  }

  async open(accountId: string, kind: 'equity' | 'liability') {
    const result = await this.#execute(openAccountCommand({ accountId, currency: 'EUR', kind }));
    assert.equal(result.kind, 'done');
  }

  move(amount: number, from: string, to: string) {
    return this.#execute(
      postTransactionCommand({
        transactionId: randomUUID(),
        postings: [
          { accountId: from, direction: 'debit', amount, currency: 'EUR' },
          { accountId: to, direction: 'credit', amount, currency: 'EUR' },
        ],
      }),
    );
  }

  async [Symbol.asyncDispose]() {
    this.#stopping.abort();
    await this.#following;
    this.#model.close();
    await this.dispatcher.destroy();
    rmSync(this.#folder, { recursive: true });
  }

  #execute(command: Command<Books>) {
    const origin = { authtype: 'system', authid: 'test', traceparent: newTraceparent() } as const;
    const idempotency = { key: randomUUID(), fingerprint: randomUUID() };
    return this.#ledger.execute(command, { origin, idempotency });
  }
}
