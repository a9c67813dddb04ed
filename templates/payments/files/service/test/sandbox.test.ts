import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Agent } from 'undici';
import type { Command } from '../src/commands/command.ts';
import { CommandHandler } from '../src/commands/command-handler.ts';
import { captureCommand, payCommand, refundCommand } from '../src/commands/payment-commands.ts';
import { paymentsDomain } from '../src/commands/payments-domain.ts';
import type { PaymentStatus } from '../src/domain/payment.ts';
import type { Payments } from '../src/domain/payments.ts';
import { createServer } from '../src/http/app.ts';
import { BASE_PATH, LEDGER, SERVICE } from '../src/names.ts';
import { findService } from '../src/platform/discovery.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { HttpEventStore } from '../src/platform/event-store.ts';
import { Peer } from '../src/platform/peer.ts';
import { TokenSource } from '../src/platform/tokens.ts';
import { newTraceId, newTraceparent } from '../src/platform/trace.ts';
import { Database } from '../src/projection/database.ts';
import { fold } from '../src/projection/fold.ts';
import { keepUp } from '../src/projection/keep-up.ts';
import { ReadModel } from '../src/projection/read-model.ts';
import { Tables } from '../src/projection/tables.ts';
import { Ledger } from '../src/steps/ledger.ts';

const { env } = process;
const hint = `needs a sandbox: fintech exec --service ${SERVICE} -- npm test`;
const missing = env['FINTECH_CLIENT_SECRET'] ? false : hint;
const party = { subject: SERVICE, isTrusted: true };

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/p`);
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

  it('a payment goes from its start to its refund', { skip: missing }, async () => {
    await using world = new World();
    const [cash, from, to] = ['cash', 'from', 'to'].map((name) => `${name}-${randomUUID()}`);
    assert.ok(cash && from && to);
    await world.openAccounts({ [cash]: 'asset', [from]: 'liability', [to]: 'liability' });
    await world.fund(cash, from, 500);
    const paymentId = randomUUID();
    const order = { paymentId, amount: 300, currency: 'EUR', from, to };
    const deadlines = { authoriseMs: 10_000, captureMs: 60_000 };
    await world.execute(payCommand(order, { party, deadlines }));
    await world.becomes(paymentId, 'authorised');
    await world.execute(captureCommand({ paymentId }, party));
    await world.becomes(paymentId, 'settled');
    await world.execute(refundCommand({ paymentId, refundId: 'all' }, party));
    await world.becomes(paymentId, 'refunded');
    assert.deepEqual(await Promise.all([from, to].map((id) => world.balanceOf(id))), [500, 0]);
  });
});

/** A second instance of this service, which leaves the steps to the one that runs. */
class World implements AsyncDisposable {
  readonly dispatcher = new Agent();
  readonly #folder = mkdtempSync(join(tmpdir(), 'payments-sandbox-'));
  readonly #database = new Database(this.#folder);
  readonly #tables = new Tables(this.#database);
  readonly #stopping = new AbortController();
  readonly #model = new ReadModel({
    database: this.#database,
    fold: (event) => fold(this.#tables, event),
    log: createServer().log,
  });
  readonly #commands: CommandHandler<Payments>;
  readonly #following: Promise<void>;
  readonly #ledger: Ledger;

  constructor() {
    const environment = readEnvironment(env);
    const { eventsUrl, tokenUrl, client } = environment;
    const { dispatcher } = this;
    const model = this.#model;
    const about = { resource: 'urn:fintech:events', scope: 'events:append events:read' };
    const tokens = new TokenSource({ tokenUrl, client, dispatcher, ...about });
    const store = new HttpEventStore({ url: eventsUrl, tokens, dispatcher });
    const domain = paymentsDomain(this.#tables);
    this.#commands = new CommandHandler({ store, log: model, domain });
    const { signal } = this.#stopping;
    const { log } = createServer();
    this.#following = keepUp({ model, store }, { signal, log, onCaughtUp: () => {} });
    const scope = `${LEDGER}:post ${LEDGER}:read`;
    this.#ledger = new Ledger(new Peer({ name: LEDGER, scope, environment, dispatcher }));
  }

  async openAccounts(kinds: Record<string, string>) {
    for (const [accountId, kind] of Object.entries(kinds)) {
      const account = { accountId, currency: 'EUR', kind };
      const opened = await this.#ledger.openAccount(account, this.#occasion(accountId));
      assert.equal(opened.ok, true);
    }
  }

  async fund(from: string, to: string, amount: number) {
    const movement = { from, to, amount, currency: 'EUR' };
    assert.equal((await this.#ledger.move(movement, this.#occasion(to))).ok, true);
  }

  async balanceOf(accountId: string) {
    const found = await this.#ledger.account(accountId, this.#occasion(accountId));
    return found.ok ? found.body['balance'] : undefined;
  }

  async execute(command: Command<Payments>) {
    const origin = { authtype: 'system', authid: 'test', traceparent: newTraceparent() } as const;
    const idempotency = { key: randomUUID(), fingerprint: randomUUID() };
    const { kind } = await this.#commands.execute(command, { origin, idempotency });
    assert.equal(kind, 'done');
  }

  async becomes(paymentId: string, status: PaymentStatus) {
    const look = () => this.#tables.payment(paymentId)?.status === status || undefined;
    assert.equal(await this.#model.until(look, AbortSignal.timeout(10_000)), true);
  }

  async [Symbol.asyncDispose]() {
    this.#stopping.abort();
    await this.#following;
    this.#model.close();
    await this.dispatcher.destroy();
    rmSync(this.#folder, { recursive: true });
  }

  #occasion(paymentId: string) {
    const signal = AbortSignal.timeout(5000);
    return { paymentId, step: 'test', traceId: newTraceId(), signal };
  }
}
