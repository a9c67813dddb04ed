import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SCOPES, streams } from '../src/names.ts';
import { Instance } from './support/instance.ts';
import { tokenWith } from './support/tokens.ts';

let instance: Instance;
before(async () => {
  instance = await Instance.open();
});
after(() => instance[Symbol.asyncDispose]());

const key = (name: string) => ({ 'idempotency-key': name });

describe('a note', () => {
  it('is taken: 201, and found where the answer says', async () => {
    const reply = await instance.post('/notes', { text: 'hello' });
    assert.equal(reply.statusCode, 201, reply.body);
    const { noteId } = reply.json<{ noteId: string }>();
    assert.deepEqual(reply.json(), { noteId, text: 'hello' });
    assert.equal(reply.headers.location?.endsWith(`/notes/${noteId}`), true);
    assert.deepEqual((await instance.get(`/notes/${noteId}`)).json(), reply.json());
  });

  it('is 200 the second time under its own id, and 409 with another text', async () => {
    const note = { noteId: 'mine', text: 'one' };
    assert.equal((await instance.post('/notes', note)).statusCode, 201);
    assert.equal((await instance.post('/notes', note)).statusCode, 200);
    assert.equal((await instance.post('/notes', { ...note, text: 'two' })).statusCode, 409);
    assert.deepEqual((await instance.get('/notes/mine')).json(), note);
  });

  it('is 404 where nobody took it', async () => {
    assert.equal((await instance.get('/notes/none')).statusCode, 404);
  });

  it('holds any text but control characters and halves of characters', async () => {
    for (const text of ['x', 'ä\u{1f4b6}', '"\\', 'x'.repeat(1000)]) {
      const reply = await instance.post('/notes', { text });
      assert.equal(reply.json<{ text: string }>().text, text);
    }
    for (const text of ['', 'x'.repeat(1001), 'a\nb', '\ud800', 1, null]) {
      const reply = await instance.post('/notes', { text });
      assert.equal(reply.statusCode, 400, JSON.stringify(text));
    }
    assert.equal((await instance.post('/notes', { text: 'x', other: 1 })).statusCode, 400);
    assert.equal((await instance.post('/notes', { text: 'x', noteId: '../x' })).statusCode, 400);
  });

  it('needs the scope of its route', async () => {
    const token = await tokenWith({ scope: SCOPES.write });
    assert.equal((await instance.get('/notes/mine', token)).statusCode, 403);
  });
});

describe('a retry with the same key', () => {
  it('gets the same answer and has no second effect', async () => {
    const first = await instance.post('/notes', { text: 'once' }, key('k1'));
    const events = instance.store.events.length;
    const again = await instance.post('/notes', { text: 'once' }, key('k1'));
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(instance.store.events.length, events);
  });

  it('is refused with another text: 422', async () => {
    await instance.post('/notes', { text: 'once' }, key('k2'));
    assert.equal((await instance.post('/notes', { text: 'twice' }, key('k2'))).statusCode, 422);
  });

  it('lets one of twenty at two instances through, and all get its answer', async () => {
    await using other = await Instance.open({ store: instance.store });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? instance : other).post('/notes', { text: 'race' }, key('k3')),
      ),
    );
    assert.deepEqual([...new Set(replies.map(({ statusCode }) => statusCode))], [201]);
    assert.equal(new Set(replies.map(({ body }) => body)).size, 1);
  });
});

describe('the read model', () => {
  const lines = async (from: Instance) => {
    const authorization = `Bearer ${await tokenWith()}`;
    const reply = await from.app.inject({
      url: '/internal/projections/notes',
      headers: { authorization },
    });
    return reply.body.trimEnd().split('\n');
  };

  it('says the same when it is built anew', async () => {
    await using anew = await Instance.open({ store: instance.store });
    const [position, ...notes] = await lines(instance);
    assert.equal(position, JSON.stringify({ position: String(instance.store.events.length) }));
    assert.ok(notes.includes('{"key":"mine","value":{"text":"one"}}'));
    assert.deepEqual((await lines(anew)).slice(1), notes);
  });

  it('leaves out what it cannot read, and goes on', async () => {
    await using other = await Instance.open();
    const data = { noteId: 'n', text: 'first' };
    const area = instance.store.types[0]?.split('.')[0];
    other.store.record(streams.note('n'), { type: `x.${area}.note-taken.v2`, data });
    other.store.record('somebody-elses', { type: `x.${area}.note-taken.v1`, data });
    other.store.record(streams.note('m'), {
      type: `x.${area}.note-taken.v1`,
      data: { ...data, noteId: 'm' },
    });
    await other.model.reached(3, AbortSignal.timeout(2000));
    assert.equal((await other.get('/notes/n')).statusCode, 404);
    assert.equal((await other.get('/notes/m')).statusCode, 200);
  });
});
