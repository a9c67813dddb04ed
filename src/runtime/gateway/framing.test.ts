import { describe, expect, it } from 'vitest';
import { readFraming, type RequestHead } from './framing.ts';

const read = (head: Partial<RequestHead>) =>
  readFraming({ httpVersion: '1.1', method: 'GET', target: '/a', fields: ['Host', 'h'], ...head });

describe('the target of a request', () => {
  it.each([
    ['/a', { path: '/a', query: '' }],
    ['/a?b=c?d', { path: '/a', query: 'b=c?d' }],
    ['/?', { path: '/', query: '' }],
    ['http://h/a?b', { path: '/a', query: 'b' }],
    ['HTTP://H/a', { path: '/a', query: '' }],
    ['http://h', { path: '/', query: '' }],
    ['http://h?b', { path: '/', query: 'b' }],
    [`/${'a'.repeat(8191)}`, { path: `/${'a'.repeat(8191)}`, query: '' }],
  ])('%.40s is read', (target, expected) => {
    expect(read({ target })).toEqual({ ok: true, target: { ...expected, host: 'h' } });
  });

  it.each([
    ['*', 400],
    ['/a#b', 400],
    ['/é', 400],
    ['a', 400],
    ['', 400],
    ['http://other/a', 400],
    ['http://user@h/a', 400],
    ['ftp://h/a', 400],
    [`/${'a'.repeat(8192)}`, 414],
  ])('%.40s is refused', (target, status) => {
    expect(read({ target })).toMatchObject({ ok: false, status });
  });

  it('may be * for OPTIONS', () => {
    expect(read({ method: 'OPTIONS', target: '*' })).toMatchObject({ target: { path: '*' } });
  });
});

describe('fields that frame a request', () => {
  it.each(['h', 'h:80', '127.0.0.1:8080', '[::1]', '[::1]:80', 'a-b.c_d~e'])('Host %s', (host) => {
    expect(read({ fields: ['Host', host] })).toMatchObject({ ok: true, target: { host } });
  });

  it.each([
    '',
    'u@h',
    'h/',
    'h/a',
    'h,i',
    'h i',
    'h:',
    'h:x',
    'h:123456',
    'h?a',
    'h#a',
    '[::1',
    '::1',
    'h\\i',
    'é',
  ])('Host %j is refused', (host) => {
    expect(read({ fields: ['Host', host] })).toMatchObject({ ok: false, status: 400 });
  });

  it.each([
    ['no Host', [], 400],
    ['two Hosts', ['Host', 'h', 'host', 'h'], 400],
    [
      'a length beside a coding',
      ['Host', 'h', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'],
      400,
    ],
    ['another coding', ['Host', 'h', 'Transfer-Encoding', 'gzip, chunked'], 501],
    [
      'a coding twice',
      ['Host', 'h', 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
      400,
    ],
    ['an empty coding', ['Host', 'h', 'Transfer-Encoding', ''], 400],
    ['201 fields', [...Array.from({ length: 400 }, () => 'x'), 'Host', 'h'], 431],
  ])('%s: refused', (_name, fields, status) => {
    expect(read({ method: 'POST', fields })).toMatchObject({ ok: false, status });
  });

  it('200 fields and a chunked body are taken', () => {
    expect(read({ fields: [...Array.from({ length: 398 }, () => 'x'), 'Host', 'h'] }).ok).toBe(
      true,
    );
    expect(read({ fields: ['Host', 'h', 'TRANSFER-ENCODING', 'Chunked'] }).ok).toBe(true);
  });

  it.each(['0.9', '2.0'])('HTTP/%s is refused', (httpVersion) => {
    expect(read({ httpVersion })).toMatchObject({ ok: false, status: 505 });
  });

  it('Transfer-Encoding is refused in HTTP/1.0', () => {
    const fields = ['Host', 'h', 'Transfer-Encoding', 'chunked'];
    expect(read({ httpVersion: '1.0', fields })).toMatchObject({ ok: false, status: 400 });
  });
});
