import { describe, expect, it } from 'vitest';
import { readPath } from './request-path.ts';

describe('the canonical form of a path', () => {
  it.each([
    ['/', '/'],
    ['/v1/payments', '/v1/payments'],
    ['/v1/payments/', '/v1/payments/'],
    ['/V1/Payments', '/V1/Payments'],
    ['/%70ayments/%7euser', '/payments/~user'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%20b', '/a%20b'],
    ['/a%25%32%65', '/a%252e'],
    ['/%252e%252e/', '/%252e%252e/'],
    ["/a;b=c:d@e!f$g&h'(i)*+,=", "/a;b=c:d@e!f$g&h'(i)*+,="],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a|b[c]', '/a|b[c]'],
  ])('of %s is %s', (raw, path) => {
    expect(readPath(raw)).toEqual({ ok: true, path });
  });

  it('is its own canonical form', () => {
    for (const raw of ['/%70ay%c3%a9', '/a%25%32%65/', '/x']) {
      const first = readPath(raw);
      expect(first.ok && readPath(first.path)).toEqual(first);
    }
  });

  it.each([
    '',
    'v1',
    '/a//b',
    '//',
    '/a/./b',
    '/a/../b',
    '/..',
    '/.',
    '/a/%2e%2e/b',
    '/a/%2E./b',
    '/a/.%2e',
    '/a/..;x/b',
    '/a/.;/b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a%00',
    '/a%0d%0aX: y',
    '/a%7f',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%u002e',
    '/%c0%ae%c0%ae/',
    '/%c0%af',
    '/%e0%80%af',
    '/%ff',
    '/%ed%a0%80',
    '/%c3',
    '/a b',
    '/a\tb',
    '/é',
    '/a#b',
    '/a"b',
    '/a<b>',
    '/a{b}',
    '/a^b`',
  ])('does not exist for %j, which is refused', (raw) => {
    expect(readPath(raw)).toMatchObject({ ok: false, fault: expect.stringMatching(/^Its? .+\.$/) });
  });
});
