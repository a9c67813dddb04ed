import { describe, expect, it } from 'vitest';
import { guardHost } from './host-guard.ts';

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
