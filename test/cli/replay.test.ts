import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bank } from '../../src/verify/testing/scenario.ts';
import { ndjson } from '../../src/verify/testing/log-writer.ts';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';

it('replay prints the state as of a position, a time, or the end', async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  const scenario = bank().fund(1250);
  scenario.hold('h', 'placed', { accountId: 'alice', amount: 250, currency: 'EUR' });
  write(join(cwd, 'log.ndjson'), ndjson(scenario.events).toString());
  const { stdout, exitCode } = await fintech(['replay', 'log.ndjson'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`accounts
  account  kind       status    balance      held
  alice    liability  open    12.50 EUR  2.50 EUR
  bob      liability  open     0.00 EUR  0.00 EUR
  cash     asset      open    12.50 EUR  0.00 EUR

pending holds
  hold  account    amount  expires  placed at
  h     alice    2.50 EUR  -        5

totals
  currency      debit     credit     moved      held
  EUR       12.50 EUR  12.50 EUR  0.00 EUR  2.50 EUR

5 events: as of 5, 2027-01-01T00:00:05.000Z
`);
  const json = async (...args: string[]) =>
    (await fintechJson<{ events: number }>(['replay', 'log.ndjson', ...args], { cwd })).data.events;
  expect(await json('--position', '3')).toBe(3);
  expect(await json('--at', '2027-01-01T00:00:04Z')).toBe(4);
  const both = await fintechJson(['replay', '--position', '3', '--at', '2027-01-01'], { cwd });
  expect([both.exitCode, both.error?.code]).toEqual([2, 'USAGE_INVALID']);
  const bad = await fintechJson(['replay', '--at', 'yesterday'], { cwd });
  expect([bad.exitCode, bad.error?.code]).toEqual([2, 'USAGE_INVALID']);
});
