import { expect, test } from 'vitest';
import { foundIn, judgeHistory } from './history.fixture.ts';

const read = (balances: unknown, process = 0, more: object = {}): string =>
  [
    { process, type: 'invoke', f: 'read', ...more },
    { process, type: 'ok', f: 'read', value: balances, ...more },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');

test('every snapshot holds what the first one held, whatever is where', async () => {
  const report = await judgeHistory(read({ a: 10, b: 0 }) + read({ a: -5, b: 15 }), 'bank');
  expect(report).toMatchObject({ verdict: 'consistent', checks: [{ checked: 2, skipped: 0 }] });
});

test('a snapshot with another total is found, with the first beside it', async () => {
  const { findings } = await judgeHistory(read({ a: 10, b: 0 }) + read({ a: 5, b: 15 }, 1), 'bank');
  expect(findings).toMatchObject([
    {
      positions: ['line:1', 'line:2', 'line:3', 'line:4'],
      message:
        'the read of process 1 (line 4) saw accounts with 20 in all: expected a total of 10, as the read of process 0 (line 2) saw',
    },
  ]);
});

test('the total may be told; an account without balance counts as empty', async () => {
  const text = read({ a: 10, b: null }) + read({ a: 7 });
  expect(foundIn(await judgeHistory(text, 'bank', { total: 10n }))).toEqual(['line:4: 7']);
});

test('amounts are exact at any size', async () => {
  const [most, more] = ['9007199254740993', '9007199254740994'];
  const text = read({ a: 1 }).replace('1}', `${most}}`) + read({ a: 1 }).replace('1}', `${more}}`);
  expect(foundIn(await judgeHistory(text, 'bank'))).toEqual([`line:4: ${more}`]);
});

test('a read of one account is no snapshot, and one without balances says none', async () => {
  const report = await judgeHistory(
    read({ a: 10 }) + read(3, 0, { key: 'a' }) + read(null),
    'bank',
  );
  expect(report.checks).toMatchObject([
    {
      verdict: 'consistent',
      checked: 1,
      skipped: 2,
      reason: 'a read of one account is no snapshot (1); the read says no balances (1)',
    },
  ]);
});

test('a history without one snapshot is inconclusive', async () => {
  const report = await judgeHistory(read(null), 'bank');
  expect(report.verdict).toBe('inconclusive');
});

test.each([
  [[1, 2], 'the read ends with no map of balances'],
  [{ a: 1.5 }, 'the balance of "a" is no integer'],
  [{ a: 'x' }, 'the balance of "a" is no integer'],
])('a read of %j is refused with its line', async (balances, message) => {
  await expect(judgeHistory(read(balances), 'bank')).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: `history.edn, line 2: ${message}`,
  });
});

test('Jepsen’s maps from numbers to numbers are read', async () => {
  const text = `{:type :invoke, :f :read, :value nil, :process 0}
{:type :ok, :f :read, :value {0 10, 1 -3N}, :process 0}
{:type :invoke, :f :transfer, :value {:from 0, :to 1, :amount 4}, :process 0}
{:type :info, :f :transfer, :value {:from 0, :to 1, :amount 4}, :process 0, :error :timeout}
{:type :invoke, :f :read, :value nil, :process 1}
{:type :ok, :f :read, :value {0 6, 1 0}, :process 1}
`;
  expect(foundIn(await judgeHistory(text, 'bank'))).toEqual(['line:6: 6']);
});
