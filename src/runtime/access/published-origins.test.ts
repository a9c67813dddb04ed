import { expect, it } from 'vitest';
import { PublishedOrigins } from './published-origins.ts';

it.each([
  ['http://127.0.0.1:8080', true],
  ['http://localhost:8080', true],
  ['http://[::1]:8080', true],
  ['http://gateway:8080', true],
  ['http://gateway:9000', true],
  ['https://gateway:8080', false],
  ['http://gateway:8081', false],
  ['http://gateway', false],
  ['http://gateway.evil.example:8080', false],
  ['http://10.0.0.1:8080', false],
  ['gateway:8080', false],
])('%s is published: %s', (origin, published) => {
  const origins = new PublishedOrigins({ allowedHosts: ['gateway'], publishedPort: 9000 });
  origins.bound('http://0.0.0.0:8080');
  expect(origins.has(origin)).toBe(published);
});

it('knows the default port of http', () => {
  const origins = new PublishedOrigins({});
  expect(origins.has('http://localhost')).toBe(false);
  origins.bound('http://127.0.0.1');
  expect(origins.has('http://localhost')).toBe(true);
});
