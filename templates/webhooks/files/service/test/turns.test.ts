import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { LIMITS } from '../src/delivery/turns.ts';
import { httpFake } from './support/http-fake.ts';
import { eventually, Office, paymentOf } from './support/office.ts';

describe('deliveries of one subject', () => {
  it('go out one after another, in the order of the log, though tries fail and take time', async () => {
    const failing = new Set(['3', '4', '8', '15']);
    await using shop = await httpFake((seen, reply) => {
      const paymentId = paymentOf(seen);
      const status = failing.delete(paymentId) ? 500 : 200;
      setTimeout(() => reply.writeHead(status).end(), (Number(paymentId) * 7) % 13);
    });
    await using office = await Office.open();
    await office.register(shop.url);
    for (let number = 0; number < 18; number++) {
      const data = { paymentId: String(number) };
      office.happen('payments.captured', `payments-payment-${number % 3}`, data);
    }
    await office.settled(18);
    for (const subject of [0, 1, 2]) {
      const told = shop.seen
        .map(paymentOf)
        .map(Number)
        .filter((one) => one % 3 === subject);
      assert.deepEqual(
        [...told],
        told.toSorted((a, b) => a - b),
        'none overtook another',
      );
    }
  });

  it('do not hold up those of others', async () => {
    let answer = () => {};
    await using shop = await httpFake((seen, reply) => {
      if (paymentOf(seen) === 'stuck') answer = () => reply.writeHead(200).end();
      else reply.writeHead(200).end();
    });
    await using office = await Office.open();
    await office.register(shop.url);
    office.captured('stuck');
    office.captured('p2');
    office.captured('p3');
    const deliveries = await office.settled(2);
    assert.deepEqual(
      deliveries.map(({ status }) => status),
      ['sending', 'delivered', 'delivered'],
    );
    answer();
    await office.settled(3);
  });
});

describe('tries at once', () => {
  /** Receivers that answer only when told, and how many tries they held at most. */
  async function held(endpoints: number, perEndpoint: number): Promise<number> {
    const open: (() => void)[] = [];
    await using shop = await httpFake((_, reply) => {
      open.push(() => reply.writeHead(200).end());
    });
    await using office = await Office.open();
    for (let one = 0; one < endpoints; one++) {
      await office.register(shop.url, { endpointId: `e${one}` });
    }
    for (let payment = 0; payment < perEndpoint; payment++) office.captured(`p${payment}`);
    const most = Math.min(endpoints * LIMITS.perEndpoint, LIMITS.inAll);
    await eventually(() => open.length >= most || undefined);
    await sleep(300);
    const atOnce = open.length;
    const answering = setInterval(() => open.splice(0).forEach((answer) => answer()), 5);
    await office.settled(endpoints * perEndpoint);
    clearInterval(answering);
    return atOnce;
  }

  it('are at most eight to one endpoint', async () => assert.equal(await held(1, 12), 8));

  it('are at most 64 in all', async () => assert.equal(await held(9, 8), 64));
});
