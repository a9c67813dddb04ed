import { describe, expect, it } from 'vitest';
import type { RouteConfig } from '../../model/config.ts';
import { idempotencyFault } from './idempotency-key.ts';

const route = (idempotency?: 'required' | 'optional'): RouteConfig => ({
  path: '/',
  service: 's',
  public: true,
  ...(idempotency === undefined ? {} : { idempotency }),
});
const codeFor = (keys: string[], idempotency?: 'required' | 'optional', method = 'POST') =>
  idempotencyFault(route(idempotency), method, keys)?.type.replace('urn:fintech:problem:', '');

describe('an Idempotency-Key', () => {
  it('may be missing unless the route requires it and the method changes something', () => {
    expect(codeFor([], 'required')).toBe('idempotency-key-missing');
    expect(codeFor([], 'required', 'DELETE')).toBe('idempotency-key-missing');
    expect(codeFor([], 'required', 'GET')).toBeUndefined();
    expect(codeFor([], 'optional')).toBeUndefined();
    expect(codeFor([])).toBeUndefined();
  });

  it.each([
    '8e03978e-40d5-43e8-bc93-6894a57f9324',
    '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    '"with space, comma, \\" and \\\\"',
    'k',
    '~!#$%&()*+-./:;<=>?@[]^_`{|}',
    'k'.repeat(255),
    `"${'k'.repeat(255)}"`,
  ])('%.40s is readable', (key) => {
    expect(codeFor([key], 'required')).toBeUndefined();
  });

  it.each([
    [['']],
    [['""']],
    [['two words']],
    [['a,b']],
    [['"open']],
    [['open"']],
    [['"a"b"']],
    [['"a\\b"']],
    [['"a";x=1']],
    [['é']],
    [['k'.repeat(256)]],
    [[`"${'k'.repeat(256)}"`]],
    [['a', 'a']],
  ])('%j is not', (keys) => {
    expect(codeFor(keys, 'required')).toBe('idempotency-key-invalid');
    expect(codeFor(keys, 'optional')).toBe('idempotency-key-invalid');
    expect(codeFor(keys)).toBeUndefined();
  });
});
