import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  bodyOf,
  listening,
  sendRaw,
  startGateway,
  type TestGateway,
  type TestServer,
} from './gateway.fixture.ts';

let echo: TestServer;
let gateway: TestGateway;
let seen: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  echo = await listening(async (request, response) => {
    seen.push({ request, body: await bodyOf(request).catch(() => 'cut') });
    response.end('echo');
  });
  gateway = await startGateway({ ports: [echo.port] });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});
beforeEach(() => {
  seen = [];
});

const post = (fields: string, body = '') =>
  `POST /open HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n\r\n${body}`;
const get = (fields: string) => `GET /open HTTP/1.1\r\n${fields}\r\n\r\n`;
const INNER = 'GET /open/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked';

/** Each is followed by an inner request, which no reading of the outer one may let through. */
const refused: [string, string, number?][] = [
  ['Transfer-Encoding, then Content-Length', post(`${CHUNKED}\r\nContent-Length: 5`, '0\r\n\r\n')],
  ['Content-Length, then Transfer-Encoding', post(`Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n')],
  ['two lengths that differ', post('Content-Length: 0\r\nContent-Length: 5')],
  ['two lengths that agree', post('Content-Length: 0\r\nContent-Length: 0')],
  ['a list of lengths', post('Content-Length: 0, 0')],
  ['a signed length', post('Content-Length: +5', 'abcde')],
  ['a negative length', post('Content-Length: -1')],
  ['a hexadecimal length', post('Content-Length: 0x5', 'abcde')],
  ['a length with a space inside', post('Content-Length: 1 2')],
  ['an empty length', post('Content-Length: ')],
  ['a length beyond all numbers', post('Content-Length: 99999999999999999999999')],
  ['identity', post('Transfer-Encoding: identity')],
  ['a coding that only looks chunked', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
  ['a quoted coding', post('Transfer-Encoding: "chunked"', '0\r\n\r\n')],
  ['a coding after chunked', post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
  ['a coding in a second field', post(`${CHUNKED}\r\nTransfer-Encoding: identity`, '0\r\n\r\n')],
  ['an empty coding', post('Transfer-Encoding: ')],
  ['a coding behind a vertical tab', post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n')],
  ['a coding before chunked', post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'), 501],
  ['chunked twice', post(`${CHUNKED}\r\n${CHUNKED}`, '0\r\n\r\n')],
  ['a coding in HTTP/1.0', post(CHUNKED, '0\r\n\r\n').replace('1.1', '1.0')],
  ['a bare LF after a field', get('Host: localhost\nX: y')],
  ['bare LFs throughout', get('Host: localhost').replaceAll('\r', '')],
  ['a bare CR after a field', get('Host: localhost\rX: y')],
  ['a bare CR in a value', get('Host: localhost\r\nX: a\rb')],
  ['NUL in a value', get('Host: localhost\r\nX: a\0b')],
  ['a folded field', get('Host: localhost\r\nX: a\r\n b')],
  ['a folded first field', get(' X: a\r\nHost: localhost')],
  ['a space before a colon', get('Host: localhost\r\nX : a')],
  ['a space before the colon of a coding', post('Transfer-Encoding : chunked', '0\r\n\r\n')],
  ['a field without a name', get('Host: localhost\r\n: a')],
  ['a field without a colon', get('Host: localhost\r\nabc')],
  ['no Host', get('X: y')],
  ['no Host in HTTP/1.0', get('X: y').replace('1.1', '1.0')],
  ['two Hosts', get('Host: localhost\r\nHost: localhost')],
  ['an empty Host', get('Host: ')],
  ['a Host with user info', get('Host: a@localhost')],
  ['a Host with a path', get('Host: localhost/a')],
  ['a Host with a comma', get('Host: localhost, localhost')],
  ['* for GET', get('Host: localhost').replace('/open', '*')],
  [
    'an absolute target of another host',
    get('Host: localhost').replace('/open', 'http://evil/open'),
  ],
  ['a fragment', get('Host: localhost').replace('/open', '/open#a')],
  ['a target that is no path', get('Host: localhost').replace('/open', 'open')],
  ['a non-ASCII target', get('Host: localhost').replace('/open', '/open/\xe9')],
  ['a control character in the target', get('Host: localhost').replace('/open', '/open/\x01')],
  [
    'a target that is too long',
    get('Host: localhost').replace('/open', `/open/${'a'.repeat(8192)}`),
    414,
  ],
  ['fields that are too large', get(`Host: localhost\r\nX: ${'a'.repeat(16_384)}`), 431],
  ['too many fields', get(`Host: localhost${'\r\na: b'.repeat(200)}`), 431],
  ['HTTP/0.9', 'GET /open\r\n\r\n', 505],
  ['HTTP/2.0', get('Host: localhost').replace('1.1', '2.0'), 505],
  ['HTTP/1.2', get('Host: localhost').replace('1.1', '1.2')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a method in lower case', get('Host: localhost').replace('GET', 'get')],
  ['nonsense', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ['CONNECT', 'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
];

describe('a request that two servers could read in two ways is refused, and so is what follows', () => {
  it.each(refused)('%s', async (_name, text, status = 400) => {
    const answer = await sendRaw(gateway.port, text + INNER, 2000);
    expect(answer).toMatchObject({ status, isClosed: true });
    expect(answer.text).toContain('Connection: close');
    expect(answer.text).toContain('application/problem+json');
    expect(answer.text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(seen).toEqual([]);
  });
});

const badChunks: [string, string][] = [
  ['no hexadecimal digits', 'x\r\nabc\r\n0\r\n\r\n'],
  ['a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['a space after the size', '3 \r\nabc\r\n0\r\n\r\n'],
  ['a size beyond all numbers', 'ffffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
  ['a negative size', '-1\r\nabc\r\n0\r\n\r\n'],
  ['bare LFs', '3\nabc\n0\n\n'],
  ['a bare LF in an extension', '3;x\nabc\r\n0\r\n\r\n'],
  ['more data than its size', '3\r\nabcd\r\n0\r\n\r\n'],
];

describe('a chunk that cannot be read', () => {
  it.each(badChunks)('ends the request with 400: %s', async (_name, body) => {
    const answer = await sendRaw(gateway.port, post(CHUNKED, body) + INNER, 2000);
    expect(answer).toMatchObject({ status: 400, isClosed: true });
    expect(seen.filter((one) => one.body !== 'cut')).toEqual([]);
    expect(seen.some(({ request }) => request.url?.includes('smuggled'))).toBe(false);
  });
});

describe('a request that can be read in one way is taken', () => {
  it.each([
    ['a length', post('Content-Length: 3', 'abc'), 'abc'],
    ['chunks', post(CHUNKED, '3\r\nabc\r\n0\r\n\r\n'), 'abc'],
    ['chunks with extensions', post(CHUNKED, '3;a=b\r\nabc\r\n0\r\n\r\n'), 'abc'],
    ['chunks with trailers', post(CHUNKED, '3\r\nabc\r\n0\r\nHost: evil\r\n\r\n'), 'abc'],
    ['a field value of Latin-1', get('Host: localhost\r\nX: \xe9'), ''],
    ['an absolute target', get('Host: localhost').replace('/open', 'http://localhost/open'), ''],
    [
      'an offer to upgrade, not taken up',
      get('Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c'),
      '',
    ],
  ])('%s', async (_name, text, body) => {
    const answer = await sendRaw(gateway.port, text, 200);
    expect(answer).toMatchObject({ status: 200, isClosed: false });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.body).toBe(body);
    expect(seen[0]?.request.headers).not.toHaveProperty('upgrade');
  });

  it('and the next one on its connection as well', async () => {
    const chunks = post(CHUNKED, '3\r\nabc\r\n0\r\n\r\n');
    const answer = await sendRaw(
      gateway.port,
      post('Content-Length: 3', 'abc') + chunks + INNER,
      300,
    );
    expect(answer.text.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(seen.map(({ request }) => request.url)).toEqual(['/open', '/open', '/open/smuggled']);
  });

  it('and a malformed one behind it does not take its answer', async () => {
    const answer = await sendRaw(gateway.port, `${get('Host: localhost')}GET /open\0\r\n\r\n`, 500);
    expect(answer.isClosed).toBe(true);
    expect(answer.status).not.toBe(400);
  });
});
