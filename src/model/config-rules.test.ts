import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseConfig } from './config-file.ts';

const jwkText = (key: KeyObject) => JSON.stringify(key.export({ format: 'jwk' }));
const PUBLIC_KEY = jwkText(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
const SHORT_KEY = jwkText(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);

function faultsOf(text: string): string[] {
  try {
    parseConfig({ file: 'f', text: `name: a\n${text}`, environment: {} });
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
}

it.each(['registry', 'identity', 'events', 'gateway', 'consul', 'sandbox', 'constructor'])(
  'keeps the name %s from services',
  (name) => {
    expect(faultsOf(`services:\n  pay: {}\n  ${name}: {}\n`)).toEqual([
      `f:4:3: services: "${name}" is reserved and cannot name a service`,
    ]);
  },
);

it('gives a port to one part of the sandbox only', () => {
  const text = `
sandbox: { ports: { registry: 8500, gateway: 8500 } }
services:
  a: { port: 8500 }
  b: { port: 4001 }
  c: { port: 4001 }
`;
  expect(faultsOf(text)).toEqual([
    'f:3:46: sandbox.ports.gateway: 8500 is the port of registry already',
    'f:5:14: services.a.port: 8500 is the port of registry already',
    'f:7:14: services.c.port: 4001 is the port of b already',
  ]);
});

it('leaves the ports of services alone that run elsewhere', () => {
  const external = 'external: "http://127.0.0.1:9000"';
  expect(faultsOf(`services: { a: { port: 4001 }, b: { port: 4001, ${external} } }`)).toEqual([]);
});

it.each([
  ['{ auth: private_key_jwt }', 'private_key_jwt needs the public keys under jwks'],
  ['{ profile: fapi2 }', 'fapi2 needs auth: private_key_jwt'],
  ['{ auth: none }', 'a client that proves nothing cannot use client_credentials'],
  ['{ grants: [refresh_token] }', 'refresh_token needs authorization_code or device beside it'],
  ['{ grants: [authorization_code] }', 'authorization_code and redirectUris go together'],
  ['{ redirectUris: ["https://a.example/cb"] }', 'authorization_code and redirectUris go together'],
  ...['http://a.example/cb', '/cb', 'javascript:alert(1)', 'https://u:p@a.example/'].map((uri) => [
    `{ grants: [authorization_code], redirectUris: ["${uri}"] }`,
    uri === '/cb' ? 'no absolute URI' : 'redirect URI',
  ]),
  [
    '{ grants: [authorization_code], redirectUris: ["https://localhost/cb", "http://127.0.0.1/cb"] }',
    'exclude each other',
  ],
  ['{ jwks: { keys: [{ kty: EC, d: abc }] } }', 'only public keys are needed'],
  ['{ jwks: { keys: [{ kty: oct, k: abc }] } }', 'kty'],
  ['{ jwks: { keys: [{ kty: EC, crv: P-256, x: x, y: y }] } }', 'this is no public key'],
  [`{ jwks: { keys: [${SHORT_KEY}] } }`, 'this is no public key'],
])('refuses the client %s and says where', (client, message) => {
  const faults = faultsOf(
    `identity: { clients: { pay: { scopes: [], ...0 } } }`.replace('...0', client.slice(1, -1)),
  );
  expect(faults[0]).toMatch(/^f:2:\d+: identity\.clients\.pay\./);
  expect(faults.join()).toContain(message);
});

it('takes a client of every kind', () => {
  expect(
    faultsOf(`identity:
  clients:
    plain: { scopes: [a] }
    app: { scopes: [a], auth: none, grants: [authorization_code, refresh_token], redirectUris: ["http://127.0.0.1/cb", "com.example.app:/cb"] }
    tpp: { scopes: [a], profile: fapi2, auth: private_key_jwt, jwks: { keys: [${PUBLIC_KEY}] } }
    tv: { scopes: [a], auth: none, grants: [device], claims: { tier: 1 } }
`),
  ).toEqual([]);
});
