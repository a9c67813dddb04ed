import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../src/kernel/random.ts';
import type { Customer, Told } from '../customer.ts';
import type { Fate, PlannedPayment } from './plan.ts';

/** What a customer is told in the end of a payment of each fate. */
const LAST_STATUS: Readonly<Record<Fate, string>> = {
  captured: 'settled',
  'captured-in-part': 'settled',
  voided: 'voided',
  refunded: 'refunded',
  'refunded-in-part': 'settled',
  'left-open': 'authorised',
  'given-back': 'refunded',
  'insufficient-funds': 'declined',
  'account-frozen': 'declined',
  'account-unknown': 'declined',
  'currency-mismatch': 'declined',
};

/** How long a customer thinks before the next step, at most. */
const THOUGHT_MS = 500;

export function lastStatusOf({ fate }: PlannedPayment): string {
  return LAST_STATUS[fate];
}

/** Takes one payment to its fate, a command after another. */
export class Errand {
  /** What the bank calls it, once it has said so. */
  paymentId = '';
  /** Where the customer was told something else than was to be. */
  readonly faults: string[] = [];
  readonly #customer: Customer;
  readonly #payment: PlannedPayment;
  readonly #random: Random;

  constructor(options: { customer: Customer; payment: PlannedPayment; random: Random }) {
    this.#customer = options.customer;
    this.#payment = options.payment;
    this.#random = options.random;
  }

  async run(): Promise<void> {
    const { fate, captured } = this.#payment;
    await this.#pay();
    if (fate === 'voided') await this.#step('void', {}, { http: 200, status: 'voided' });
    if (fate === 'given-back') await this.#captureWhileFrozen();
    else if (captured > 0) await this.#capture();
    if (fate.startsWith('refunded')) await this.#refund();
  }

  async #pay(): Promise<void> {
    const { name, isNamed, fate, amount, currency, from, to } = this.#payment;
    const order = { amount, currency, from, to };
    const body = isNamed ? { paymentId: name, ...order } : order;
    const told = await this.#customer.command({ target: '/v1/payments', body, key: name });
    this.paymentId = String(told.body['paymentId']);
    const outcome =
      lastStatusOf(this.#payment) === 'declined'
        ? { status: 'declined', reason: fate }
        : { status: 'authorised' };
    this.#expect('pay', told, { http: 201, ...body, ...outcome });
  }

  async #capture(): Promise<void> {
    const { amount, captured, currency } = this.#payment;
    const body = captured === amount ? {} : { amount: captured };
    const expected = { http: 200, status: 'captured', amount: captured, currency };
    await this.#step('capture', body, expected);
  }

  /** The payee cannot be paid, so all of it goes back by itself. */
  async #captureWhileFrozen(): Promise<void> {
    const account = `/v1/accounts/${this.#payment.to}`;
    await this.#customer.command({ target: `${account}/freeze`, body: {} });
    await this.#capture();
    await this.#until('refunded');
    await this.#customer.command({ target: `${account}/unfreeze`, body: {} });
  }

  async #refund(): Promise<void> {
    // Only what has reached the payee can be given back by command.
    await this.#until('settled');
    for (const [index, amount] of this.#payment.refunds.entries()) {
      const refundId = `${this.#payment.name}-${index}`;
      const expected = { http: 201, refundId, amount, status: 'refunded' };
      await this.#step('refund', { amount, refundId }, expected);
    }
  }

  async #step(step: string, body: object, expected: object): Promise<void> {
    await sleep(this.#random.fraction() * THOUGHT_MS);
    const target = `/v1/payments/${this.paymentId}/${step}`;
    this.#expect(step, await this.#customer.command({ target, body }), expected);
  }

  async #until(status: string): Promise<void> {
    let seen: unknown;
    for (let tries = 0; tries < 300 && seen !== status; tries++) {
      seen = (await this.#customer.get(`/v1/payments/${this.paymentId}`)).body['status'];
      if (seen !== status) await sleep(100);
    }
    if (seen !== status) {
      this.faults.push(`${this.#payment.name} never was ${status}, but ${String(seen)}`);
    }
  }

  #expect(what: string, told: Told, expected: object): void {
    const said: Record<string, unknown> = { ...told.body, http: told.status };
    const picked = Object.fromEntries(Object.keys(expected).map((name) => [name, said[name]]));
    const [is, ought] = [picked, expected].map((one) => JSON.stringify(one));
    const { name, fate } = this.#payment;
    if (is !== ought) this.faults.push(`${name} (${fate}), ${what}: ${is}, not ${ought}`);
  }
}
