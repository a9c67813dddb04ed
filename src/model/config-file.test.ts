import { describe, expect, it } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { type ConfigFault, parseConfig } from './config-file.ts';

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig({ file: 'fintech.yaml', text, environment });

function faultsOf(text: string): ConfigFault[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FintechError) return error.details['faults'] as ConfigFault[];
    throw error;
  }
  throw new Error('the text was accepted');
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

  it('stops a file whose aliases explode', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdef'[index]},`.repeat(10)}]`),
    ].join('\n');
    expect(() => parse(bomb)).toThrow(FintechError);
  });
});
