import { describe, expect, it } from 'vitest';
import { parseImageReference } from './image-reference.ts';

describe('the name of an image', () => {
  it.each([
    ['node', 'docker.io', 'node:latest'],
    ['node:24-slim', 'docker.io', 'node:24-slim'],
    ['library/node:24', 'docker.io', 'library/node:24'],
    ['index.docker.io/library/node:24', 'docker.io', 'index.docker.io/library/node:24'],
    ['localhost/node', 'localhost', 'localhost/node:latest'],
    ['mirror.bank.example/node', 'mirror.bank.example', 'mirror.bank.example/node:latest'],
    ['127.0.0.1:5000/a/b__c/node:24', '127.0.0.1:5000', '127.0.0.1:5000/a/b__c/node:24'],
    [`node@sha256:${'0a'.repeat(32)}`, 'docker.io', `node@sha256:${'0a'.repeat(32)}`],
  ])('%s is at %s', (text, registry, full) => {
    expect(parseImageReference(text)).toEqual({ registry, full });
  });

  it.each([
    '',
    'Node',
    'node:',
    'node latest',
    'node\nRUN id',
    '-x',
    'node@sha256:12',
    'a'.repeat(513),
  ])('is not %j', (text) => {
    expect(() => parseImageReference(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
