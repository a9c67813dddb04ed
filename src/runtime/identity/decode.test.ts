import { describe, expect, it } from 'vitest';
import { bareToken, decodeToken } from './decode.ts';

const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const header = part('{"alg":"none"}');
const claims = part('{"sub":"usr_1"}');

describe('decoding a token', () => {
  it('needs no signature', () => {
    expect(decodeToken(`${header}.${claims}.`)).toEqual({
      header: { alg: 'none' },
      claims: { sub: 'usr_1' },
      signatureBytes: 0,
      remarks: [],
    });
  });

  it('remarks a member that appears twice, since readers differ about it', () => {
    const twice = part('{"aud":"api","aud":"events"}');
    const decoded = decodeToken(`${header}.${twice}.AA`);
    expect(decoded.claims).toEqual({ aud: 'events' });
    expect(decoded.remarks).toEqual([
      'A member of the payload appears twice; the last one is shown.',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['one segment', 'abc'],
    ['two segments', `${header}.${claims}`],
    ['four segments', `${header}.${claims}.AA.AA`],
    ['an encrypted token', `${header}.a.b.c.d`],
    ['padding', `${header}=.${claims}.AA`],
    ['white space inside', `${header}.${claims} .AA`],
    ['the base64 alphabet', `${header}.${claims}.+/`],
    ['an impossible length', `${header}.${claims}.A`],
    ['a header that is no JSON', `${part('x')}.${claims}.AA`],
    ['a header that is a list', `${part('[]')}.${claims}.AA`],
    ['a payload that is null', `${header}.${part('null')}.AA`],
    ['a payload that is not UTF-8', `${header}.${part(Uint8Array.of(0x22, 0xff, 0x22))}.AA`],
    ['a byte order mark', `${header}.${part('\ufeff{}')}.AA`],
    ['more than 64 KiB', `${header}.${part('x'.repeat(70_000))}.AA`],
  ])('refuses %s', (_name, token) => {
    expect(() => decodeToken(token)).toThrow(expect.objectContaining({ code: 'TOKEN_MALFORMED' }));
  });

  it('quotes nothing of what it refuses', () => {
    expect(() => decodeToken(`${part('"top-secret"')}.${claims}.AA`)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('top-secret') }),
    );
  });
});

it.each([
  'a.b.c',
  ' a.b.c\n',
  'Bearer a.b.c',
  'bearer  a.b.c\r\n',
  'Authorization: Bearer a.b.c',
  'DPoP a.b.c',
])('finds the token in %j', (text) => expect(bareToken(text)).toBe('a.b.c'));
