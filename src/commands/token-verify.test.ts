import { Command } from 'commander';
import { expect, it } from 'vitest';
import { verb } from './token-verify.ts';

function read(...args: string[]) {
  const command = new Command().exitOverride();
  verb.configure(command);
  command.parse(['a.b.c', ...args], { from: 'user' });
  return verb.input(command);
}

it('leaves the type to fintech.yaml, and needs no proof, unless told', () => {
  expect(read()).toMatchObject({ token: 'a.b.c', typ: undefined, proof: undefined });
  expect(read('--typ', 'any')).toMatchObject({ typ: 'any' });
});

it('takes a proof with the request it came with', () => {
  const url = 'http://127.0.0.1:8080/v1';
  const proof = { proof: 'p', method: 'GET', url };
  expect(read('--dpop-proof', 'p', '--url', url)).toMatchObject({ proof });
  expect(read('--dpop-proof', 'p', '--url', url, '--method', 'PUT')).toMatchObject({
    proof: { ...proof, method: 'PUT' },
  });
});

it.each([
  [['--dpop-proof', 'p']],
  [['--dpop-proof', 'p', '--url', '/v1']],
  [['--dpop-proof', 'p', '--url', 'ftp://x']],
  [['--dpop-proof', 'p', '--url', 'http://x', '--signature-only']],
  [['--method', 'GET']],
  [['--url', 'http://x']],
  [['--issuer', 'https://a.example', '--jwks', 'keys.json']],
  [['--typ', 'at']],
])('refuses %j', (flags) => {
  expect(() => read(...flags)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
});
