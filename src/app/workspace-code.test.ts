import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import { tokenBench } from './tokens.fixture.ts';
import { explain, listChecks, verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';

const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };
const PAGE = readFileSync(join(import.meta.dirname, '../../docs/invariants.md'), 'utf8');
const [, EXAMPLE = ''] = /```ts\n(.*?)```/s.exec(PAGE) ?? [];

/** One payment that costs fees of 120, 0 and 90. */
function paid(): Buffer {
  const scenario = bank();
  for (const [index, fee] of [120, 0, 90].entries()) {
    const fees = { accountId: 'fees', direction: 'credit', amount: fee, currency: 'EUR' };
    scenario.append(`tx-capture-${index + 1}`, 'ledger.transaction-posted', {
      transactionId: `capture-${index + 1}`,
      postings: [
        { accountId: 'alice', direction: 'debit', amount: 500, currency: 'EUR' },
        { accountId: 'bob', direction: 'credit', amount: 500 - fee, currency: 'EUR' },
        fees,
      ],
      paymentId: 'pay_1',
    });
  }
  return ndjson(scenario.events);
}

function bench(files: Record<string, string>, verifyConfig = 'invariants: [./invariants/*.ts]') {
  const made = tokenBench(`name: bank\nverify: { ${verifyConfig} }\n`);
  mkdirSync(join(made.context.cwd, 'invariants'));
  writeFileSync(join(made.context.cwd, 'log.ndjson'), paid());
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(made.context.cwd, name), text);
  }
  const run = (input: Partial<VerifyInput> = {}) =>
    verify(made.context, { ...VERIFY_INPUT, ...input });
  return { ...made, run, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

test('the example of docs/invariants.md finds what the page says', async () => {
  using at = bench({ 'invariants/fee-cap.ts': EXAMPLE });
  const { data } = await at.run({ only: ['acme/fee-cap'] });
  const [, printed] = /```\n\$ fintech verify [^\n]*\n(.*?)\n```/s.exec(PAGE) ?? [];
  expect(data.text(STYLE)).toContain(printed);
});

test('an invariant is listed, explained, switched off and required by its name', async () => {
  using at = bench({ 'invariants/fee-cap.ts': EXAMPLE });
  expect(await listChecks(at.context)).toContainEqual({
    id: 'acme/fee-cap',
    severity: 'high',
    title: 'A payment costs no more than 2.00 in fees',
  });
  expect(await explain(at.context, 'acme/fee-cap')).toContain('invariants/fee-cap.ts');
  expect((await at.run({ require: ['acme/fee-cap'] })).failure?.code).toBe('VERIFY_INCONSISTENT');
  using off = bench(
    { 'invariants/fee-cap.ts': EXAMPLE },
    'invariants: [./invariants/*.ts], checks: { acme/fee-cap: off }',
  );
  const ids = (await off.run()).data.report.checks.map(({ id }) => id);
  expect(ids).not.toContain('acme/fee-cap');
  await expect(at.run({ only: ['acme/fee-cup'] })).rejects.toThrow('Did you mean "acme/fee-cap"?');
});

test('--no-code runs none, says so, and knows nothing of their names', async () => {
  using at = bench(
    { 'invariants/bad.ts': 'throw new Error("was run");' },
    'invariants: [./invariants/*.ts], require: [acme/bad], checks: { acme/bad: off }',
  );
  const { data } = await at.run({ code: false });
  expect(data.text(STYLE)).toMatch(/\.\/invariants\/\*\.ts \(left out\)\.$/);
  await expect(at.run()).rejects.toThrow(
    'invariants/bad.ts cannot be loaded: Error: was run (invariants/bad.ts, line 1)',
  );
});

test.each<[string, { files?: Record<string, string>; config?: string; message: string }]>([
  [
    'that is not there',
    { config: 'invariants: [./nothing/*.ts]', message: 'no file is ./nothing/*.ts' },
  ],
  [
    'outside of the workspace',
    {
      files: { '../outside.ts': EXAMPLE },
      config: 'invariants: [../*.ts]',
      message: '../outside.ts is outside of the workspace',
    },
  ],
  [
    'that does not parse',
    {
      files: { 'invariants/x.ts': 'export default {' },
      message: 'invariants/x.ts cannot be loaded',
    },
  ],
  [
    'without a default export',
    {
      files: { 'invariants/x.ts': 'export const x = 1;' },
      message: 'invariants/x.ts exports no invariant',
    },
  ],
  [
    'of a name that another has',
    {
      files: { 'invariants/a.ts': EXAMPLE, 'invariants/b.ts': EXAMPLE },
      message: 'acme/fee-cap of invariants/b.ts is taken by invariants/a.ts',
    },
  ],
  [
    'in an area of ours',
    {
      files: { 'invariants/a.ts': EXAMPLE.replace('acme/fee-cap', 'ledger/fee-cap') },
      message: 'ledger/fee-cap of invariants/a.ts is taken by fintech',
    },
  ],
])('code %s is refused', async (_, { files = {}, config, message }) => {
  using at = bench(files, config);
  await expect(at.run()).rejects.toThrow(message);
});
