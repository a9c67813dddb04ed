import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Branch } from './support/branch.ts';
import type { Fault } from './support/fake-ledger.ts';
import { MemoryEventStore } from './support/memory-event-store.ts';

const alice = { accountId: 'alice', currency: 'EUR' };
const key = (name: string) => ({ 'idempotency-key': name });

function count(replies: { statusCode: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { statusCode } of replies) counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
}

describe('a ledger that answers badly', () => {
  const faults: Fault[] = ['cut', 'cut-after', 'fail', 'fail-after', 'late', 'twice'];
  for (const fault of faults) {
    it(`is asked again until it has answered, and does all once: ${fault}`, async () => {
      await using branch = await Branch.open();
      const accounts = await branch.start();
      branch.ledger.faults.push(fault);
      assert.equal((await accounts.post('', alice)).statusCode, 201);
      branch.ledger.faults.push(fault);
      assert.equal((await accounts.post('/alice/freeze')).statusCode, 200);
      const own = ['opening-requested', 'opened', 'freeze-requested', 'frozen'];
      assert.deepEqual(branch.history, own);
      const ledgers = branch.store.types.filter((type) => type.startsWith('ledger.'));
      assert.deepEqual(ledgers, ['ledger.account-opened', 'ledger.account-frozen']);
      assert.equal(new Set(branch.ledger.calls).size, 2, 'each under one key');
    });
  }
});

describe('a ledger that is away', () => {
  it('leaves the opening under way: 202, and a retry tells the end', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start({ answerWithinMs: 50 });
    branch.ledger.up = false;
    const first = await accounts.post('', { ...alice, overdraft: 7 }, key('k1'));
    assert.equal(first.statusCode, 202);
    const terms = { ...alice, kind: 'liability', overdraft: 7 };
    assert.deepEqual(first.json(), { ...terms, status: 'opening' });
    assert.deepEqual((await accounts.get('/alice')).json(), first.json());
    assert.equal((await accounts.get('/alice/balance')).statusCode, 404);
    assert.equal((await accounts.post('', { ...alice, overdraft: 7 }, key('k1'))).statusCode, 202);
    branch.ledger.up = true;
    let last = first;
    while (last.statusCode === 202) {
      last = await accounts.post('', { ...alice, overdraft: 7 }, key('k1'));
    }
    assert.deepEqual([last.statusCode, last.json()], [201, { ...terms, status: 'open' }]);
    assert.deepEqual(branch.history, ['opening-requested', 'opened']);
  });

  it('leaves a change under way: 202, and no other change meanwhile', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start({ answerWithinMs: 50 });
    await accounts.post('', alice);
    branch.ledger.up = false;
    const first = await accounts.post('/alice/freeze', undefined, key('k1'));
    assert.deepEqual(
      [first.statusCode, first.json()],
      [202, { accountId: 'alice', status: 'freezing' }],
    );
    const second = await accounts.post('/alice/close');
    assert.equal(second.statusCode, 409);
    assert.match(second.body, /change-pending/);
    branch.ledger.up = true;
    let last = first;
    while (last.statusCode === 202) {
      last = await accounts.post('/alice/freeze', undefined, key('k1'));
    }
    assert.deepEqual(
      [last.statusCode, last.json()],
      [200, { accountId: 'alice', status: 'frozen' }],
    );
    assert.equal((await accounts.post('/alice/unfreeze')).statusCode, 200);
  });
});

describe('a service that dies', () => {
  it('before it asked the ledger: the next one asks', async () => {
    await using branch = await Branch.open();
    const first = await branch.start({ answerWithinMs: 50 });
    branch.ledger.up = false;
    assert.equal((await first.post('', alice, key('k1'))).statusCode, 202);
    await branch.stop(first);
    branch.ledger.up = true;
    const second = await branch.start();
    const reply = await second.post('', alice, key('k1'));
    assert.equal(reply.statusCode, 201);
    assert.equal(reply.headers['idempotency-replayed'], 'true');
    assert.deepEqual(branch.history, ['opening-requested', 'opened']);
  });

  it('after the ledger did it and before that was recorded: the next one records it', async () => {
    await using branch = await Branch.open();
    const first = await branch.start({ answerWithinMs: 50 });
    await first.post('', alice);
    branch.ledger.faults.push('late');
    assert.equal((await first.post('/alice/freeze', undefined, key('k1'))).statusCode, 202);
    await branch.stop(first);
    assert.deepEqual(branch.history.slice(2), ['freeze-requested']);
    assert.equal(branch.store.types.at(-1), 'ledger.account-frozen');
    const second = await branch.start();
    const reply = await second.post('/alice/freeze', undefined, key('k1'));
    assert.deepEqual(
      [reply.statusCode, reply.json()],
      [200, { accountId: 'alice', status: 'frozen' }],
    );
    assert.deepEqual(branch.history.slice(2), ['freeze-requested', 'frozen']);
    const [, asked, askedAgain] = branch.ledger.calls;
    assert.equal(asked, askedAgain);
    assert.equal(branch.store.types.filter((type) => type === 'ledger.account-frozen').length, 1);
  });

  it('while the store is away: what the ledger did is recorded once it is back', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start({ answerWithinMs: 50, decideWithinMs: 50 });
    branch.ledger.faults.push('late');
    assert.equal((await accounts.post('', alice)).statusCode, 202);
    branch.store.away = true;
    while (branch.store.types.at(-1) !== 'ledger.account-opened') await sleep(5);
    await sleep(500);
    branch.store.away = false;
    while (branch.history.length < 2) await sleep(20);
    assert.deepEqual(branch.history, ['opening-requested', 'opened']);
  });
});

describe('two instances', () => {
  it('ask the ledger under the same key, and record one outcome', async () => {
    await using branch = await Branch.open();
    const one = await branch.start();
    const two = await branch.start();
    branch.store.appendMs = 2;
    const ids = Array.from({ length: 10 }, (_, i) => `a${i}`);
    const replies = await Promise.all(
      ids.map((accountId, i) => (i % 2 === 0 ? one : two).post('', { ...alice, accountId })),
    );
    assert.deepEqual(count(replies), { 201: 10 });
    assert.equal(branch.history.filter((type) => type === 'opened').length, 10);
    assert.equal(new Set(branch.ledger.calls).size, 10);
  });

  it('let one of forty through that ask at once, and tell all under its key the same', async () => {
    await using branch = await Branch.open();
    const [one, two] = [await branch.start(), await branch.start()];
    const open = () =>
      Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).post('', alice, key('k1'))),
      );
    const replies = await open();
    assert.deepEqual(count(replies), { 201: 40 });
    assert.equal(new Set(replies.map(({ body }) => body)).size, 1);
    assert.deepEqual(branch.history, ['opening-requested', 'opened']);
  });

  it('let one of twenty changes at once through, the others are told why not', async () => {
    await using branch = await Branch.open();
    const [one, two] = [await branch.start(), await branch.start()];
    await one.post('', alice);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).post('/alice/close')),
    );
    assert.deepEqual(count(replies), { 200: 1, 409: 19 });
    assert.equal(branch.history.filter((type) => type === 'closed').length, 1);
  });
});

describe('a service that is stopped', () => {
  it('lets no client wait for the ledger longer: 202 at once', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    branch.ledger.up = false;
    const opening = accounts.post('', alice);
    while (branch.ledger.calls.length === 0) await sleep(5);
    const startMs = performance.now();
    await branch.stop(accounts);
    assert.equal((await opening).statusCode, 202);
    assert.ok(performance.now() - startMs < 2000);
  });
});

describe('a log that is read late', () => {
  class LateStore extends MemoryEventStore {
    override async *follow(after: number, signal: AbortSignal) {
      for await (const batch of super.follow(after, signal)) {
        await sleep(50);
        yield batch;
      }
    }
  }

  it('hides no account of the ledger: what is unknown is looked for to the end of the log', async () => {
    await using branch = await Branch.open(new LateStore());
    const accounts = await branch.start();
    branch.ledger.openBySomebody({ ...alice, kind: 'liability' });
    assert.equal((await accounts.post('/alice/freeze')).statusCode, 200);
    branch.ledger.openBySomebody({ ...alice, accountId: 'bob', kind: 'asset' });
    const events = branch.store.events.length;
    assert.equal((await accounts.post('', { ...alice, accountId: 'bob' })).statusCode, 409);
    assert.equal(branch.store.events.length, events, 'the ledger was not even asked');
    assert.equal((await accounts.post('/nobody/freeze')).statusCode, 404);
  });
});

describe('an answer that is not of the ledger', () => {
  it('is no refusal: it is asked again', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    branch.ledger.faults.push('stranger');
    assert.equal((await accounts.post('', alice)).statusCode, 201);
    assert.deepEqual(branch.history, ['opening-requested', 'opened']);
  });
});

describe('an outcome', () => {
  it('stays in the trace of the request, and names the event that asked', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    const traceId = 'a'.repeat(32);
    await accounts.post('', alice, { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` });
    const [asked] = branch.store.events;
    const outcome = branch.store.events.at(-1);
    assert.match(String(outcome?.type), /accounts\.opened/);
    assert.equal(outcome?.traceparent?.split('-')[1], traceId);
    assert.match(JSON.stringify(outcome), new RegExp(`"causationid":"${asked?.id}"`));
  });
});
