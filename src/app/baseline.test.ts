import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reporter } from '../kernel/reporter.ts';
import { ManualClock } from '../kernel/time.ts';
import type { BaselineFile } from '../model/baseline.ts';
import { ndjson } from '../verify/testing/log-writer.ts';
import { unbalanced } from '../verify/testing/rendering.ts';
import type { BaselineInput } from './baseline.ts';
import { tokenBench } from './tokens.fixture.ts';
import { verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';

const INPUT: VerifyInput = { ...VERIFY_INPUT, only: ['ledger/balanced'] };

/** A workspace with a log of unbalanced transactions, on a day that moves only when told. */
function bench() {
  const made = tokenBench();
  const clock = new ManualClock('2027-01-01T12:00:00Z');
  const warnings: string[] = [];
  const reporter: Reporter = { ...made.context.reporter, warn: (text) => void warnings.push(text) };
  const context = { ...made.context, clock, reporter };
  const path = join(context.cwd, 'known.json');
  return {
    clock,
    warnings,
    path,
    log: (...transactions: string[]) => {
      const events = transactions.map((id, i) => ({
        ...unbalanced(id)[0],
        id: `e${id}`,
        globalposition: `${i + 1}`,
        streamrevision: i,
      }));
      writeFileSync(join(context.cwd, 'log.ndjson'), ndjson(events));
    },
    read: () => JSON.parse(readFileSync(path, 'utf8')) as BaselineFile,
    run: (baseline: Partial<BaselineInput> = {}, input: Partial<VerifyInput> = {}) =>
      verify(context, {
        ...INPUT,
        baseline: {
          file: 'known.json',
          update: false,
          owner: undefined,
          expires: undefined,
          ...baseline,
        },
        ...input,
      }),
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}

const UPDATE = { update: true, owner: 'payments' };

test('what is accepted passes, is counted, and is known wherever it stands; what is new fails', async () => {
  using at = bench();
  at.log('a', 'b');
  expect((await at.run(UPDATE)).failure).toBeUndefined();
  at.log('x', 'b', 'a');
  const { data, failure } = await at.run();
  expect(failure).toMatchObject({ code: 'VERIFY_INCONSISTENT' });
  expect(data.report.checks).toMatchObject([{ found: 1, accepted: 2, verdict: 'inconsistent' }]);
  expect(data.report.findings.map(({ positions }) => positions)).toEqual([['1']]);
  expect(data.sentence).toContain('; 2 accepted by the baseline');
  at.log('b', 'a');
  expect((await at.run()).failure).toBeUndefined();
  expect(at.warnings).toEqual([]);
});

test('findings beyond those that are listed are accepted too', async () => {
  using at = bench();
  at.log('a', 'b', 'c');
  await at.run(UPDATE, { maxFindings: 1 });
  expect(at.read().accepted).toHaveLength(3);
  expect((await at.run({}, { maxFindings: 1 })).failure).toBeUndefined();
});

test('an entry has an owner and a last day, after which it counts again and is told', async () => {
  using at = bench();
  at.log('a');
  await at.run(UPDATE);
  expect(at.read().accepted).toMatchObject([
    {
      check: 'ledger/balanced',
      owner: 'payments',
      expires: '2027-04-01',
      message: expect.stringContaining('"a"'),
    },
  ]);
  at.clock.advance(90 * 86_400_000 + 43_199_000);
  expect((await at.run()).failure).toBeUndefined();
  at.clock.advance(1000);
  expect((await at.run()).failure).toMatchObject({ code: 'VERIFY_INCONSISTENT' });
  expect(at.warnings).toEqual([
    expect.stringMatching(
      /^known\.json: the finding [0-9a-f]{12} of ledger\/balanced, which payments answers for, was accepted until 2027-04-01$/,
    ),
  ]);
});

test('an update keeps owner and day of what is still accepted, renews the rest, and drops what is gone', async () => {
  using at = bench();
  at.log('a', 'b');
  await at.run({ ...UPDATE, expires: '2027-01-31' });
  at.log('b', 'c');
  await at.run({ update: true, owner: 'ledger', expires: '2027-06-30' });
  const said = () =>
    at
      .read()
      .accepted.map(({ owner, expires }) => `${owner} ${expires}`)
      .sort();
  expect(said()).toEqual(['ledger 2027-06-30', 'payments 2027-01-31']);
  at.clock.advance(40 * 86_400_000);
  await at.run({ update: true, owner: 'ledger', expires: '2027-06-30' });
  expect(said()).toEqual(['ledger 2027-06-30', 'ledger 2027-06-30']);
});

test('what is found no more, and a check that there is not, are told', async () => {
  using at = bench();
  at.log('a', 'b');
  await at.run(UPDATE);
  const { accepted } = at.read();
  const [first] = accepted;
  writeFileSync(
    at.path,
    JSON.stringify({
      accepted: [...accepted, { ...first, check: 'ledger/gone', digest: 'f'.repeat(64) }],
    }),
  );
  at.log('a');
  await at.run();
  expect(at.warnings).toEqual([
    expect.stringContaining('of ledger/balanced, which payments answers for, is found no more'),
    expect.stringContaining(
      'of ledger/gone, which payments answers for, is of a check that there is not',
    ),
  ]);
});

test('a run of other checks leaves entries alone', async () => {
  using at = bench();
  at.log('a');
  await at.run(UPDATE);
  const before = at.read();
  await at.run({}, { only: ['log/order'] });
  await at.run(UPDATE, { only: ['log/order'] });
  expect(at.read()).toEqual(before);
  expect(at.warnings).toEqual([]);
});

test('what has no business keys cannot be accepted, and is told', async () => {
  using at = bench();
  at.log('a');
  const file = join(at.path, '../log.ndjson');
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"id":\n{}\n`);
  const { failure } = await at.run(UPDATE, { only: ['log/corruption'] });
  expect(failure).toMatchObject({ code: 'VERIFY_INCONSISTENT' });
  expect(at.warnings).toEqual(['known.json: 1 finding without business keys cannot be accepted']);
});

test('somebody must answer for what is new', async () => {
  using at = bench();
  at.log('a');
  await expect(at.run({ update: true })).rejects.toMatchObject({ code: 'USAGE_MISSING_VALUE' });
});

test.each([
  ['{', 'CONFIG_INVALID', 'known.json is no JSON'],
  ['{"accepted":[{}]}', 'CONFIG_INVALID', 'known.json is no baseline'],
  [
    '{"accepted":[{"check":"a","digest":"0","message":"","owner":"o","expires":"2027-01-01"}]}',
    'CONFIG_INVALID',
    '/accepted/0/digest',
  ],
  [undefined, 'USAGE_INVALID', 'cannot read the baseline known.json'],
])('a baseline of %j is refused: %s', async (text, code, message) => {
  using at = bench();
  at.log('a');
  if (text !== undefined) writeFileSync(at.path, text);
  await expect(at.run()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

test('a baseline holds fewer than ten thousand findings', async () => {
  using at = bench();
  at.log(...Array.from({ length: 10_000 }, (_, i) => `t${i}`));
  await expect(at.run(UPDATE)).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: 'there are 10000 findings or more to accept',
  });
});
