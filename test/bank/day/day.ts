import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '../../../src/kernel/random.ts';
import { FaultProxy } from '../fault-proxy.ts';
import type { RunningBank } from '../running-bank.ts';
import { Customer, newTally, type Tally } from '../customer.ts';
import { Disruptor, type DisruptorOptions } from './disruptor.ts';
import { Errand } from './errand.ts';
import { type Plan, planDay, type PlannedAccount, type PlannedPayment } from './plan.ts';
import { Receiver } from './receiver.ts';
import { setVariables } from '../service-settings.ts';

export interface DayOptions {
  seed: string;
  payments: number;
  /** How many pay at once. */
  customers: number;
  kill: DisruptorOptions['kill'];
  start: (services: string, prepare: (root: string) => void) => Promise<RunningBank>;
  /** Address of this machine as the services see it. */
  host: () => Promise<string> | string;
}

/** In the order in which they are disrupted. */
const SERVICES = ['payments', 'ledger', 'accounts', 'webhooks'] as const;
/** Services whose calls to another one suffer faults. */
const CALLERS_OF_THE_LEDGER = ['accounts', 'payments'] as const;

const FAULT_SHARE = 0.05;
/** Longer than a service waits for another. */
const PATIENCE_MS = 6000;
/** Of webhooks, that would take days otherwise. */
const IMPATIENT = {
  RETRY_SCHEDULE_S: '0.1,0.3,1,1,1,1,1,1,1,1,1,1,1,1,1',
  DELIVERY_TIMEOUT_S: '2',
};
const DOUBLED_SHARE = 0.1;
const DISRUPTED_EVERY_MS = 1500;
const OPENED_AT_ONCE = 8;

/** A day of business, with everything that stands around the bank that day. */
export class Day implements AsyncDisposable {
  readonly plan: Plan;
  readonly tally: Tally = newTally();
  /** What the bank calls each payment of the plan. */
  readonly ids: Map<string, string> = new Map();
  readonly proxies: FaultProxy[];
  readonly receiver: Receiver;
  readonly bank: RunningBank;
  readonly disruptor: Disruptor;
  readonly #options: DayOptions;

  private constructor(options: DayOptions, around: Pick<Day, 'proxies' | 'receiver' | 'bank'>) {
    this.#options = options;
    this.plan = planDay(randomFor(options, 'plan'), options.payments);
    this.proxies = around.proxies;
    this.receiver = around.receiver;
    this.bank = around.bank;
    this.disruptor = new Disruptor({
      bank: this.bank,
      services: SERVICES,
      random: randomFor(options, 'disruptor'),
      everyMs: DISRUPTED_EVERY_MS,
      kill: options.kill,
    });
  }

  /** The bank is up, with accounts that hold money, and nobody has paid yet. */
  static async begin(options: DayOptions): Promise<Day> {
    await using opened = new AsyncDisposableStack();
    const origins = new Map<string, string>();
    const host = await options.host();
    const proxy = async (name: string, target: () => string) =>
      opened.use(
        await FaultProxy.listen({
          target,
          random: randomFor(options, `calls of ${name}`),
          share: FAULT_SHARE,
          patienceMs: PATIENCE_MS,
          host,
        }),
      );
    const receiver = opened.use(await Receiver.listen(randomFor(options, 'receiver')));
    const deliveries = await proxy('webhooks', () => receiver.url);
    const calls = await Promise.all(
      CALLERS_OF_THE_LEDGER.map((name) => proxy(name, () => origins.get('ledger') ?? '')),
    );
    const bank = opened.use(
      await options.start(SERVICES.join(), (root) => {
        setVariables(root, 'webhooks', IMPATIENT);
        for (const [index, service] of CALLERS_OF_THE_LEDGER.entries()) {
          setVariables(root, service, { LEDGER_URL: calls[index]?.url ?? '' });
        }
      }),
    );
    for (const [name, url] of await bank.origins()) origins.set(name, url);
    const day = new Day(options, { proxies: [deliveries, ...calls], receiver, bank });
    await day.#openBooks(deliveries.url);
    opened.move();
    return day;
  }

  /** Everybody pays, while services die. */
  async payments(): Promise<void> {
    this.disruptor.start();
    const { customers } = this.#options;
    await atOnce(customers, this.plan.payments, (payment) => this.#serve(payment));
    await this.disruptor.stop();
  }

  /** Resolves once the receiver has acted as often as it should. */
  async delivered(messages: number, withinMs: number): Promise<void> {
    const deadlineMs = Date.now() + withinMs;
    while (this.receiver.acted.size < messages && Date.now() < deadlineMs) await sleep(100);
  }

  /** Resolves once every service is ready again. @throws Error with what is not, and its log */
  async ready(withinMs: number): Promise<void> {
    const deadlineMs = Date.now() + withinMs;
    for (;;) {
      const away = (await this.bank.units()).filter(({ state }) => state !== 'ready');
      if (away.length === 0) return;
      if (Date.now() > deadlineMs) throw new Error(await this.#complaint(away));
      await sleep(250);
    }
  }

  async #complaint(away: readonly { name: string; state: string }[]): Promise<string> {
    const about = away.map(async ({ name, state }) => {
      const { stdout } = await this.bank.run('logs', name, '-n', '40');
      return `${name} is ${state}, after ${this.disruptor.kills} kills\n${stdout}`;
    });
    return (await Promise.all(about)).join('\n');
  }

  /** Resolves once nothing has been written for a while. @throws Error where that does not come */
  async quiet({ forMs, withinMs }: { forMs: number; withinMs: number }): Promise<void> {
    const deadlineMs = Date.now() + withinMs;
    for (let last = -1, sinceMs = Date.now(); ; await sleep(250)) {
      const head = await this.bank.head();
      if (head !== last) [last, sinceMs] = [head, Date.now()];
      if (Date.now() - sinceMs >= forMs) return;
      if (Date.now() > deadlineMs)
        throw new Error(`not quiet: the log is still growing at ${head}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using around = new AsyncDisposableStack();
    for (const one of [this.receiver, ...this.proxies, this.bank]) around.use(one);
    await this.disruptor.stop();
  }

  /** Accounts are opened and paid into by the bank itself; one of each currency is frozen. */
  async #openBooks(receiverUrl: string): Promise<void> {
    const { secret } = await this.bank.post('/v1/webhooks/endpoints', {
      url: `${receiverUrl}/hooks`,
      eventTypes: ['payments.*'],
    });
    this.receiver.trust(String(secret));
    await atOnce(OPENED_AT_ONCE, this.plan.accounts, (account) => this.#openAccount(account));
  }

  async #openAccount({ role, funds, ...terms }: PlannedAccount): Promise<void> {
    const { accountId, currency } = terms;
    const clerk = this.#customer(`clerk of ${accountId}`, DOUBLED_SHARE);
    await clerk.command({ target: '/v1/accounts', body: terms });
    if (funds > 0) await this.#payIn(clerk, { accountId, currency, funds });
    if (role === 'frozen') {
      await clerk.command({ target: `/v1/accounts/${accountId}/freeze`, body: {} });
    }
    await clerk.done();
  }

  async #payIn(
    clerk: Customer,
    { accountId, currency, funds }: { accountId: string; currency: string; funds: number },
  ): Promise<void> {
    const cash = `cash-${currency}`;
    const kind = 'asset';
    await clerk.command({
      target: '/v1/ledger/accounts',
      body: { accountId: cash, currency, kind },
    });
    const postings = [
      { accountId: cash, direction: 'debit', amount: funds, currency },
      { accountId, direction: 'credit', amount: funds, currency },
    ];
    await clerk.command({ target: '/v1/ledger/transactions', body: { postings } });
  }

  async #serve(payment: PlannedPayment): Promise<void> {
    const customer = this.#customer(payment.name, DOUBLED_SHARE);
    const random = randomFor(this.#options, `thoughts of ${payment.name}`);
    const errand = new Errand({ customer, payment, random });
    await errand.run();
    await customer.done();
    this.ids.set(payment.name, errand.paymentId);
    this.tally.faults.push(...errand.faults);
  }

  #customer(name: string, doubled: number): Customer {
    const { gateway, token } = this.bank;
    const random = randomFor(this.#options, name);
    return new Customer({ gateway, token, random, doubled }, this.tally);
  }
}

function randomFor({ seed }: DayOptions, what: string): Random {
  return seededRandom(`${seed} ${what}`);
}

/** Does something to each of a list, some of them at once. */
async function atOnce<T>(
  limit: number,
  list: readonly T[],
  task: (one: T) => Promise<void>,
): Promise<void> {
  const left = list.toReversed();
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await task(next);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
