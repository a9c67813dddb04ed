import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Log } from '../../kernel/log.ts';
import { ManualClock, systemClock } from '../../kernel/time.ts';
import { AUDIENCE, ecKey, ISSUER, token } from './issuer.fixture.ts';
import { remoteJwks } from './remote-jwks.ts';
import { createTokenVerifier } from './verifier.ts';

const first = ecKey('first');
const second = ecKey('second');
const third = ecKey('third');
const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]();
});

/** An issuer whose answer a test changes, and which counts how often it was asked. */
async function issuer() {
  const state = {
    asked: 0,
    keys: [first.jwk] as unknown,
    answer: undefined as RequestListener | undefined,
  };
  const server = createServer((request, response) => {
    state.asked++;
    if (state.answer === undefined) response.end(JSON.stringify({ keys: state.keys }));
    else state.answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  disposables.push({
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const clock = new ManualClock();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const keys = remoteJwks({ url, clock });
  const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, clock });
  const judge = async (key = first) => {
    const verdict = await verifier.verify(token(key));
    return verdict.ok ? 'accepted' : verdict.reason;
  };
  return { state, clock, url, keys, verifier, judge };
}

describe('keys fetched from an issuer', () => {
  it('are named in the log when they cannot be used, once', async () => {
    const { state, clock, url } = await issuer();
    state.keys = [first.jwk, { ...second.jwk, use: 'enc' }];
    const lines: unknown[] = [];
    const log: Log = (level, message, fields) => void lines.push([level, message, fields]);
    const keys = remoteJwks({ url, clock, log });
    await keys.current();
    await keys.renewed();
    const why = { kid: 'second', why: 'its use is not sig' };
    expect(lines).toEqual([['warn', 'published key left out', why]]);
    expect(state.asked).toBe(2);
  });

  it('are fetched once for many tokens at once', async () => {
    const { state, judge } = await issuer();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => judge()));
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    expect(state.asked).toBe(1);
  });

  it('are found at once when made right after the first load, then at most every 30 s', async () => {
    const { state, clock, judge } = await issuer();
    expect(await judge()).toBe('accepted');
    state.keys = [first.jwk, second.jwk];
    expect(await judge(second)).toBe('accepted');
    state.keys = [first.jwk, second.jwk, third.jwk];
    expect(await judge(third)).toBe('key-unknown');
    clock.advance(29_999);
    expect(await judge(third)).toBe('key-unknown');
    clock.advance(1);
    expect(await judge(third)).toBe('accepted');
    expect(state.asked).toBe(3);
  });

  it('are not refetched for a flood of unknown kids', async () => {
    const { state, judge } = await issuer();
    const kids = Array.from({ length: 200 }, (_, n) => ({ ...first, kid: `unknown-${n}` }));
    for (const kid of kids) expect(await judge(kid)).toBe('key-unknown');
    await Promise.all(kids.map((kid) => judge(kid)));
    expect(state.asked).toBe(2);
  });

  it('stay in use when a refetch fails, but not for longer than ten minutes', async () => {
    const { state, clock, judge } = await issuer();
    expect(await judge()).toBe('accepted');
    state.answer = (_request, response) => void response.writeHead(500).end('{"keys":[]}');
    clock.advance(60_000);
    expect(await judge({ ...first, kid: 'x' })).toBe('key-unknown');
    expect(state.asked).toBe(2);
    clock.advance(539_999);
    expect(await judge(second)).toBe('key-unknown');
    clock.advance(1);
    expect(await judge()).toBe('keys-unavailable');
    state.answer = undefined;
    clock.advance(30_000);
    expect(await judge(second)).toBe('key-unknown');
  });

  it('that were retired are refused within a minute', async () => {
    const { state, clock, keys, judge } = await issuer();
    expect(await judge()).toBe('accepted');
    state.keys = [second.jwk];
    clock.advance(60_000);
    await keys.renewed();
    expect(await judge()).toBe('key-unknown');
  });

  it.each<[string, RequestListener]>([
    ['status 500', (_request, response) => response.writeHead(500).end('{}')],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['no JSON', (_request, response) => response.end('<html>')],
    ['a member twice', (_request, response) => response.end('{"keys":[],"keys":[]}')],
    ['no key set', (_request, response) => response.end('{"keys":{}}')],
    ['too much', (_request, response) => response.end(`{"keys":[],"x":"${'x'.repeat(262_144)}"}`)],
    [
      'a cut answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"keys":', () => response.destroy());
      },
    ],
  ])('are unavailable when the issuer answers with %s', async (_name, answer) => {
    const { state, clock, judge } = await issuer();
    state.answer = answer;
    expect(await judge()).toBe('keys-unavailable');
    state.answer = undefined;
    clock.advance(250);
    expect(await judge()).toBe('accepted');
  });

  it('are unavailable when the issuer takes longer than 5 s', async () => {
    const { state, clock, judge } = await issuer();
    const asked = new Promise<void>((resolve) => {
      state.answer = () => resolve();
    });
    const verdict = judge();
    await asked;
    clock.advance(5_000);
    expect(await verdict).toBe('keys-unavailable');
  });

  it('are unavailable when nobody listens', async () => {
    const keys = remoteJwks({ url: 'http://127.0.0.1:1/jwks', clock: systemClock });
    expect(await keys.current()).toBeUndefined();
  });
});
