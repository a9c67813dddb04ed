import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { addService } from './edit-config.ts';
import { lineChanges } from './line-changes.ts';

const ledger = {
  name: 'ledger',
  path: 'services/ledger',
  config: {
    client: { scopes: ['events:append'] },
    personas: { customer: { sub: 'usr_customer', scopes: ['ledger:read'] } },
    routes: [
      { path: '/v1/ledger', methods: ['GET' as const], service: 'ledger', scopes: ['ledger:read'] },
    ],
  },
};

const BY_HAND = `# ours
name: bank   # the name

identity:
  personas:
    # known to everybody
    customer: { sub: someone, scopes: [accounts:read], claims: { tier: 1 } }
gateway:
  routes:
    - { path: /v1/accounts, methods: [GET], service: accounts, scopes: [accounts:read] } # first
services:
  accounts: { path: services/accounts }
# the end
`;

it('adds to what is there and keeps every comment and every other line', () => {
  const text = addService(BY_HAND, ledger);
  for (const comment of BY_HAND.match(/#.*$/gm) ?? []) expect(text).toContain(comment);
  expect(lineChanges(BY_HAND, text).filter((line) => line.startsWith('- '))).toEqual([
    '-     customer: { sub: someone, scopes: [accounts:read], claims: { tier: 1 } }',
  ]);
  expect(parse(text)).toEqual({
    name: 'bank',
    identity: {
      personas: {
        customer: {
          sub: 'someone',
          scopes: ['accounts:read', 'ledger:read'],
          claims: { tier: 1 },
        },
      },
      clients: { ledger: { scopes: ['events:append'] } },
    },
    gateway: {
      routes: [
        {
          path: '/v1/accounts',
          methods: ['GET'],
          service: 'accounts',
          scopes: ['accounts:read'],
        },
        ...ledger.config.routes,
      ],
    },
    services: { accounts: { path: 'services/accounts' }, ledger: { path: 'services/ledger' } },
  });
});

it('adds nothing twice', () => {
  const once = addService(BY_HAND, ledger);
  expect(addService(once, ledger)).toBe(once);
});

it('adds how the service runs, and the read models that verify compares', () => {
  const config = {
    service: { command: 'python main.py', env: { LEVEL: 'debug' }, ready: '/ok' },
    projections: ['./services/ledger/a.ts', './services/ledger/b.ts'],
    readModels: { balances: 'ledger', holds: 'ledger' },
  };
  const before =
    'name: bank\nverify:\n  projections: [./services/ledger/b.ts]\n  readModels: { holds: other } # mine\n';
  const text = addService(before, { ...ledger, config });
  expect(text).toContain('# mine');
  expect(parse(text)).toMatchObject({
    services: { ledger: { path: 'services/ledger', ...config.service } },
    verify: {
      projections: ['./services/ledger/b.ts', './services/ledger/a.ts'],
      readModels: { holds: 'other', balances: 'ledger' },
    },
  });
  expect(addService(text, { ...ledger, config })).toBe(text);
});

it('starts the sections that are missing', () => {
  expect(parse(addService('name: bank\n', ledger))).toMatchObject({
    services: { ledger: { path: 'services/ledger' } },
    gateway: { routes: ledger.config.routes },
  });
});

it('fills empty sections one entry a line', () => {
  const text = addService('name: bank\nservices: {}\ngateway: { routes: [] }\n', ledger);
  expect(text).toContain('services:\n  ledger: {');
});

it('keeps what the user has changed of the service', () => {
  const changed = 'name: bank\nservices:\n  ledger: { path: services/ledger, port: 4444 }\n';
  const text = addService(changed, ledger);
  expect(parse(text)).toMatchObject({
    services: { ledger: { path: 'services/ledger', port: 4444 } },
  });
});

it('refuses a route that leads to another service, which could never be reached', () => {
  const other = BY_HAND.replaceAll('accounts', 'books').replace('/v1/books', '/v1/ledger');
  expect(() => addService(other, ledger)).toThrow(
    expect.objectContaining({
      code: 'SCAFFOLD_CONFLICT',
      message: expect.stringContaining('/v1/ledger to the service "books"') as string,
    }) as Error,
  );
});

it.each([
  ['ledger: { path: elsewhere }'],
  ['ledger: { path: services/ledger, external: "https://x.example" }'],
  ['ledger: { external: "https://x.example" }'],
])('refuses a name that another service has: %s', (service) => {
  expect(() => addService(`name: bank\nservices:\n  ${service}\n`, ledger)).toThrow(
    expect.objectContaining({ code: 'SCAFFOLD_CONFLICT' }) as Error,
  );
});
