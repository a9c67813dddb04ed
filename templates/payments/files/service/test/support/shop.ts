import type { LightMyRequestResponse } from 'fastify';
import { LEDGER } from '../../src/names.ts';
import { FakeLedger } from './fake-ledger.ts';
import { Instance, type InstanceOptions } from './instance.ts';

/** A running payments service, its ledger, and what tests do with them. */
export class Shop extends Instance {
  readonly ledger: FakeLedger;

  /** `alice` has 1000 EUR, `shop` none. */
  static override async open(
    options: InstanceOptions & { ledger?: FakeLedger } = {},
  ): Promise<Shop> {
    const ledger = options.ledger ?? (await FakeLedger.open('alice', 'shop'));
    if (options.ledger === undefined) ledger.put('alice', { balance: 1000 });
    const variables = {
      FINTECH_TOKEN_URL: `${ledger.url}/token`,
      [`${LEDGER.toUpperCase().replaceAll('-', '_')}_URL`]: ledger.url,
      ...options.variables,
    };
    const shop = new Shop({ ...options, variables }, ledger);
    await shop.start();
    return shop;
  }

  private constructor(options: InstanceOptions, ledger: FakeLedger) {
    super(options);
    this.ledger = ledger;
  }

  /** Alice pays the shop, but for what is changed. */
  pay(
    some: Record<string, unknown> = {},
    key: string = crypto.randomUUID(),
  ): Promise<LightMyRequestResponse> {
    const order = { paymentId: 'p1', amount: 100, currency: 'EUR', from: 'alice', to: 'shop' };
    return this.post('', { ...order, ...some }, { 'idempotency-key': key });
  }

  ask(
    what: 'capture' | 'void' | 'refund',
    body: object = {},
    { key = crypto.randomUUID(), id = 'p1' }: { key?: string; id?: string } = {},
  ): Promise<LightMyRequestResponse> {
    return this.post(`/${id}/${what}`, body, { 'idempotency-key': key });
  }

  /** Waits until a payment has come so far. */
  async becomes(status: string, id = 'p1'): Promise<Record<string, unknown>> {
    const signal = AbortSignal.timeout(15_000);
    for (;;) {
      const payment = (await this.get(`/${id}`)).json<Record<string, unknown>>();
      if (payment['status'] === status) return payment;
      if (signal.aborted) throw new Error(`${id} is ${String(payment['status'])}, not ${status}`);
      await this.model.changed(AbortSignal.any([signal, AbortSignal.timeout(100)]));
    }
  }

  /** Types of what was recorded of payments, in the order of the log. */
  get steps(): string[] {
    return this.store.types
      .filter((type) => type.startsWith('payments.'))
      .map((type) => type.slice('payments.'.length))
      .filter((type) => type !== 'command-completed');
  }

  /** Ends, and leaves its ledger to others. */
  leave(): Promise<void> {
    return super[Symbol.asyncDispose]();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.ledger[Symbol.asyncDispose]();
  }
}
