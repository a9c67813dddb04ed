import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, it } from 'node:test';
import { send } from '../src/delivery/send.ts';
import { ForbiddenTarget, publicLookup, targetAgent } from '../src/delivery/targets.ts';
import { httpFake } from './support/http-fake.ts';

type Resolve = typeof lookup;

/** A name service that answers each question with the next of these addresses. */
function resolver(...answers: string[][]): Resolve {
  const asked = { count: 0 };
  const resolve = (_host: string, _options: object, callback: (...found: unknown[]) => void) => {
    const addresses = answers[Math.min(asked.count++, answers.length - 1)] ?? [];
    const found = addresses.map((address) => {
      return { address, family: address.includes(':') ? 6 : 4 };
    });
    setImmediate(() => callback(null, found));
  };
  return resolve as unknown as Resolve;
}

function found(find: LookupFunction): Promise<unknown> {
  return new Promise((resolve, reject) => {
    find('shop.example', { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

/** Tries to send to a URL. */
async function outcome(url: string, resolve: Resolve, publicOnly = true): Promise<string> {
  const dispatcher = targetAgent({ publicOnly, connections: 1, resolve });
  const letter = { url, id: 'msg_1', body: '{}', keys: [Buffer.alloc(32)] };
  const { signal } = new AbortController();
  const sent = await send(letter, { dispatcher, timeoutMs: 30_000, nowMs: Date.now(), signal });
  await dispatcher.destroy();
  return sent.ok ? 'delivered' : sent.reason;
}

describe('a connection to the public internet alone', () => {
  it('is not made to a name that stands for an address inside', async () => {
    await using inside = await httpFake((_, reply) => reply.end());
    const { port } = new URL(inside.url);
    const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254'];
    for (const address of [...addresses, 'fe80::1', 'fd00:ec2::254', '0.0.0.0']) {
      const sent = await outcome(`http://shop.example:${port}/`, resolver([address]));
      assert.equal(sent, 'target-forbidden', address);
    }
    assert.equal(inside.seen.length, 0);
  });

  it('is not made to an address that is written out', async () => {
    await using inside = await httpFake((_, reply) => reply.end());
    const { port } = new URL(inside.url);
    for (const host of ['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]']) {
      assert.equal(await outcome(`http://${host}:${port}/`, resolver()), 'target-forbidden', host);
    }
    assert.equal(inside.seen.length, 0);
  });

  it('is judged each time, so that a name cannot be turned inward after it was found good', async () => {
    const find = publicLookup(resolver(['1.1.1.1'], ['127.0.0.1']));
    assert.deepEqual(await found(find), [{ address: '1.1.1.1', family: 4 }]);
    await assert.rejects(found(find), ForbiddenTarget);
  });

  it('is made to public addresses only, where a name stands for both kinds', async () => {
    const find = publicLookup(resolver(['127.0.0.1', '2606:4700::1111', '10.0.0.1']));
    assert.deepEqual(await found(find), [{ address: '2606:4700::1111', family: 6 }]);
  });

  it('is not asked for outside production: there receivers are on this machine', async () => {
    await using inside = await httpFake((_, reply) => reply.end());
    assert.equal(await outcome(inside.url, resolver(), false), 'delivered');
  });
});
