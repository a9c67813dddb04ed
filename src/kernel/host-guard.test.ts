import { describe, expect, it } from 'vitest';
import { guardHost, readAllowedHosts } from './host-guard.ts';

describe('guardHost', () => {
  it.each(['127.0.0.1', '127.0.0.1:2113', 'localhost:8080', 'LOCALHOST', '[::1]:9'])(
    'lets loopback pass: %s',
    (host) => expect(guardHost({ host })).toBeUndefined(),
  );

  it.each([
    undefined,
    '',
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:80',
    'user@localhost',
    'localhost:80:80',
    'localhost/',
    '127.0.0.1:123456',
  ])('refuses another host: %j', (host) => expect(guardHost({ host })?.status).toBe(421));

  it('lets a name pass that was allowed', () => {
    expect(guardHost({ host: 'events:2113' }, new Set(['events']))).toBeUndefined();
  });

  it.each(['http://127.0.0.1:3000', 'http://localhost'])('lets a local page pass: %s', (origin) =>
    expect(guardHost({ host: 'localhost', origin })).toBeUndefined(),
  );

  it.each(['https://evil.example', 'null', '', 'http://localhost.evil.example'])(
    'refuses a cross-site page: %j',
    (origin) => expect(guardHost({ host: 'localhost', origin })?.status).toBe(403),
  );
});

describe('ALLOWED_HOSTS', () => {
  it.each([undefined, '', ' '])('may be absent: %j', (text) =>
    expect(readAllowedHosts(text)).toEqual([]),
  );

  it('names hosts as the guard compares them', () => {
    const names = readAllowedHosts('Identity, host.docker.internal,10.0.0.7,[FE80::1]');
    expect(names).toEqual(['identity', 'host.docker.internal', '10.0.0.7', '[fe80::1]']);
    for (const name of names) {
      expect(guardHost({ host: `${name}:9080` }, new Set(names))).toBeUndefined();
    }
  });

  it.each(['identity:9080', 'http://identity', '*', 'a b', 'identity,', '-a', 'fe80::1'])(
    'is refused with a word about what is wrong: %j',
    (text) =>
      expect(() => readAllowedHosts(text)).toThrow(
        expect.objectContaining({
          code: 'USAGE_INVALID',
          message: expect.stringContaining('which is no host name'),
        }),
      ),
  );

  it('holds at most 100 names of 253 characters', () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(253, 'a'));
    expect(readAllowedHosts(names.join(','))).toHaveLength(100);
    expect(() => readAllowedHosts([...names, 'b'].join(','))).toThrow('100 are the most');
    expect(() => readAllowedHosts('a'.repeat(254))).toThrow('no host name');
  });
});
