import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { BASE_PATH, SERVICE } from '../src/names.ts';
import { findService } from '../src/platform/discovery.ts';
import { missing, oneMoreInstance } from './support/sandbox.ts';
import { tokenWith } from './support/tokens.ts';

const { env } = process;

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/notes/none`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Bearer/);
  });

  it('the registry knows where this service is', { skip: missing }, async () => {
    const registryUrl = env['CONSUL_HTTP_ADDR'];
    const dispatcher = new Agent();
    const url = await findService(SERVICE, { variables: {}, registryUrl, dispatcher });
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    await dispatcher.destroy();
  });

  it('a note taken at one instance is found at another', { skip: missing }, async () => {
    await using one = await oneMoreInstance();
    await using two = await oneMoreInstance();
    const authorization = `Bearer ${await tokenWith()}`;
    const note = { noteId: randomUUID(), text: 'hello' };
    const taken = await fetch(`${one.url}${BASE_PATH}/notes`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(note),
    });
    assert.equal(taken.status, 201);
    const look = () =>
      fetch(`${two.url}${BASE_PATH}/notes/${note.noteId}`, { headers: { authorization } });
    let found = await look();
    while (found.status === 404) {
      await sleep(20);
      found = await look();
    }
    assert.deepEqual(await found.json(), note);
  });
});
