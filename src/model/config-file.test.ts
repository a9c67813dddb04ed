import { describe, expect, it } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { type ConfigFault, MAX_FAULTS, parseConfig } from './config-file.ts';

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig({ file: 'fintech.yaml', text, environment });

function failureOf(text: string): FintechError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FintechError && error.code === 'CONFIG_INVALID') return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

function faultsOf(text: string): ConfigFault[] {
  return failureOf(text).details['faults'] as ConfigFault[];
}

describe('parseConfig', () => {
  it('reads a whole configuration', () => {
    const config = parse(`
name: acme-pay
sandbox: { driver: embedded, ports: { gateway: 8081 } }
identity:
  clients: { payments: { scopes: [events:append] } }
  personas: { customer: { sub: usr_1, scopes: [accounts:read], claims: { tenant: a } } }
gateway:
  routes:
    - { path: /v1/payments, methods: [POST], service: payments, scopes: [payments:write], idempotency: required }
services: { payments: { path: services/payments, env: { LOG: debug } } }
verify: { sources: [sandbox], checks: { ledger/limits: { overdraft: [acct_treasury] }, log/order: off } }
`);
    expect(config.sandbox?.ports?.gateway).toBe(8081);
    expect(config.gateway?.routes?.[0]?.idempotency).toBe('required');
  });

  it('names line, column and nearest key of an unknown key', () => {
    expect(faultsOf('name: a\nsandbox:\n  drivr: embedded\n')).toEqual([
      { line: 3, column: 3, message: 'sandbox: unknown key "drivr". Did you mean "driver"?' },
    ]);
  });

  it('names every fault, in the order of the file', () => {
    const faults = faultsOf(
      'nam: a\nsandbox: { ports: { gateway: 99999 } }\nservices: { Bad_Name: {} }\n',
    );
    expect(faults.map(({ line }) => line)).toEqual([1, 1, 2, 3]);
    expect(faults.map(({ message }) => message).join('\n')).toContain(
      'sandbox.ports.gateway: must be <= 65535',
    );
  });

  it('reports broken YAML and a key that stands twice where they stand', () => {
    expect(faultsOf('name: a\nb: [')[0]?.line).toBe(2);
    expect(faultsOf('name: a\nname: b\n')[0]).toMatchObject({ line: 2, column: 1 });
  });

  it('takes a file of nothing but verify, which has no workspace to name', () => {
    expect(parse('verify: { sources: [log.ndjson] }')).toEqual({
      verify: { sources: ['log.ndjson'] },
    });
    expect(faultsOf('verify: {}\nsandbox: {}').map(({ message }) => message)).toContain(
      `must have required property 'name'`,
    );
  });

  it('reports an empty file as one that has no name', () => {
    expect(faultsOf('')[0]?.message).toContain("must have required property 'name'");
  });

  it.each(['- a', 'just text', '42'])('refuses what is no mapping: %s', (text) => {
    expect(faultsOf(text)[0]?.message).toBe('must be object');
  });

  it('puts the environment in for ${NAME}, and never prints what it found', () => {
    const config = parse('name: a\nservices: { x: { env: { URL: "pg://${HOST}/db" } } }\n', {
      HOST: 'h',
    });
    expect(config.services?.['x']?.env?.['URL']).toBe('pg://h/db');
    expect(() => parse('name: a\nservices: { x: { env: { URL: "${NOT_SET}" } } }\n')).toThrow(
      'NOT_SET',
    );
  });

  it('applies rules a schema cannot say, at the line they are about', () => {
    const text =
      'name: a\ngateway:\n  routes:\n    - { path: /a, service: x, public: true }\n    - { path: /b, service: x }\n';
    const rules = () => [{ path: '/gateway/routes/1', message: 'a route needs scopes' }];
    expect(() => parseConfig({ file: 'f', text, environment: {}, rules })).toThrow(
      'f:5:7: gateway.routes.1: a route needs scopes',
    );
  });

  it.each([
    [20, ''],
    [21, 'and 1 more'],
    [500, 'and 480 more'],
  ])('tells no more than %i faults by name', (count, last) => {
    const text = Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join('');
    const failure = failureOf(`name: a\n${text}`);
    expect(failure.details['faults']).toHaveLength(MAX_FAULTS);
    expect(failure.message.split('\n').slice(MAX_FAULTS).join()).toBe(last);
  });

  it.each([
    [
      'a service without a value',
      'name: a\nservices: { a: null }',
      '2:16: services.a: must be object',
    ],
    [
      'a key that is a number',
      'name: a\nservices: { 1: {} }',
      '2:13: services: "1" cannot be a name here',
    ],
    ['a key that is a list', 'name: a\n? [b]\n: c', '2:3: a key must be text'],
    ['a key named __proto__', 'name: a\n__proto__: { x: 1 }', '2:1: unknown key "__proto__"'],
    [
      'lines that end with CR LF',
      'name: a\r\nnam: b\r\n',
      '2:1: unknown key "nam". Did you mean "name"?',
    ],
    [
      'tabs that indent',
      'name: a\nsandbox:\n\tdriver: auto',
      '3:1: Tabs are not allowed as indentation',
    ],
    ['a second document', 'name: a\n---\nname: b', '2:1: a second document starts here'],
    ['a tag that is not known', 'name: !!set { a }', '1:7: Unresolved tag'],
    ['controls in a key', 'name: a\n"\\e[2J": 1', '2:1: unknown key "\\u{1b}[2J"'],
  ])('says where and what: %s', (_, text, fault) => {
    expect(failureOf(text).message).toContain(`fintech.yaml:${fault}`);
  });

  it('reads a file that starts with a byte order mark', () => {
    expect(parse('\uFEFFname: a\n').name).toBe('a');
  });

  it('has no members but those of the file', () => {
    const config = parse('name: a\nservices: { a: {} }\nidentity: { clients: {} }\n');
    expect(config.services?.['constructor']).toBeUndefined();
    expect(config.identity?.clients?.['__proto__']).toBeUndefined();
  });
});
