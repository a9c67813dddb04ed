import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningBank } from './running-bank.ts';

const SERVICES = ['ledger', 'accounts', 'payments', 'webhooks', 'service'];

let bank: RunningBank;
beforeAll(async () => {
  bank = await RunningBank.start(SERVICES.join());
});
afterAll(() => bank[Symbol.asyncDispose]());

it.each(SERVICES)('%s passes its own test against the sandbox, beside all others', async (name) => {
  const file = join('services', name, 'test/sandbox.test.ts');
  const command = [process.execPath, '--test', '--test-reporter', 'tap', file];
  const { stdout, exitCode } = await bank.run('exec', '--service', name, '--', ...command);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/^# pass [1-9]/m);
  expect(stdout).toMatch(/^# skipped 0$/m);
});
