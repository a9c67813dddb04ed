import { describe, expect, it } from 'vitest';
import { challengeOf, challengesOf, leaks, secretsIn } from './answer.ts';
import { readAnswer } from './raw-answer.ts';

const answered = (...fields: string[]) => ({
  status: 401,
  fields: fields.map((value) => ['www-authenticate', value] as const),
  body: '',
});

describe('challenges', () => {
  it.each([
    ['Bearer', [{ scheme: 'Bearer', error: null }]],
    [
      'Bearer realm="a, error=\\"x\\"", error=invalid_token',
      [{ scheme: 'Bearer', error: 'invalid_token' }],
    ],
    [
      'DPoP algs="ES256", error="use_dpop_nonce", Bearer error="invalid_token"',
      [
        { scheme: 'DPoP', error: 'use_dpop_nonce' },
        { scheme: 'Bearer', error: 'invalid_token' },
      ],
    ],
    ['', []],
  ])('of %s are read', (field, found) => {
    expect(challengesOf(answered(field))).toEqual(found);
  });

  it('are chosen by scheme, in any case, or else the first', () => {
    const answer = answered('Basic realm="a"', 'bearer error="e"');
    expect(challengeOf(answer, 'Bearer')).toEqual({ scheme: 'bearer', error: 'e' });
    expect(challengeOf(answer, 'DPoP')).toEqual({ scheme: 'Basic', error: null });
  });
});

describe('secrets', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'ES256', typ: 'at+jwt', kid: 'sandbox-1' });
  const payload = part({ iss: 'http://127.0.0.1:9', sub: 'usr_1' });
  const signature = 'A'.repeat(86);

  it('are what tells a token from others, in body or fields', () => {
    const secrets = secretsIn([`Bearer ${header}.${payload}.${signature}`]);
    expect(secrets).toEqual([payload, signature]);
    expect(leaks({ status: 200, fields: [], body: `{"x":"${payload}"}` }, secrets)).toBe(true);
    expect(leaks({ status: 200, fields: [['x', signature]], body: '' }, secrets)).toBe(true);
    expect(leaks({ status: 200, fields: [], body: header }, secrets)).toBe(false);
  });
});

describe('an answer read by hand', () => {
  const read = (text: string, ended = false) => readAnswer(Buffer.from(text, 'latin1'), ended);

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc', 'ab'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', 'a'],
    ['HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n', 'abc'],
    ['HTTP/1.0 204 No Content\r\n\r\n', ''],
  ])('is whole: %j', (text, body) => {
    expect(read(text)?.body).toBe(body);
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab',
    'HTTP/1.1 200 OK\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab',
  ])('is whole only at the end of the connection: %j', (text) => {
    expect(read(text)).toBeUndefined();
    expect(read(text, true)).toMatchObject({ status: 200, body: 'ab' });
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n', 'SSH-2.0-x\r\n\r\n', 'HTTP/1.1 abc\r\n\r\n'])(
    'is none: %j',
    (text) => expect(read(text, true)).toBeUndefined(),
  );
});
