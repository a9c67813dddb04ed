import { expect, it } from 'vitest';
import { parseConfig } from './config-file.ts';

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
