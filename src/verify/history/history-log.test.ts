import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../kernel/random.ts';
import { hasLogOrder } from './brute-force.fixture.ts';
import { foundIn, historyOf, judgeHistory } from './history.fixture.ts';
import { logCallsOf } from './log-calls.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const { FINTECH_SEED } = process.env;
const SEEDS =
  FINTECH_SEED === undefined ? Array.from({ length: 20 }, (_, i) => `${i + 1}`) : [FINTECH_SEED];

/** `0 append`, `0 append 1`, `1 read 2`, `0 append ?`, `0 append !`: a call, or its end by what it says. */
const history = (...lines: string[]): string =>
  lines
    .map((line) => {
      const [process, f, result] = line.split(' ');
      const type = { undefined: 'invoke', '?': 'info', '!': 'fail' }[String(result)] ?? 'ok';
      const value = type === 'ok' ? Number(result) : null;
      return `${JSON.stringify({ process: Number(process), type, f, value })}\n`;
    })
    .join('');

const judged = async (...lines: string[]) => foundIn(await judgeHistory(history(...lines), 'log'));

/** Up to six calls of three processes that interleave, with positions near those that would be right. */
function randomHistory(random: Random): string {
  const below = (limit: number) => Math.floor(random.fraction() * limit);
  const open = new Map<number, string>();
  const lines: string[] = [];
  let tail = below(3);
  for (let calls = 0; calls < 6 || open.size > 0;) {
    const process = below(3);
    const f = open.get(process);
    if (f !== undefined) {
      open.delete(process);
      if (f === 'append') tail++;
      const ending = below(10);
      const near = Math.max(f === 'append' ? 1 : 0, tail + (below(4) === 0 ? below(3) - 1 : 0));
      lines.push(`${process} ${f} ${ending === 0 ? '!' : ending < 3 ? '?' : near}`);
    } else if (calls < 6) {
      calls++;
      open.set(process, below(2) === 0 ? 'append' : 'read');
      lines.push(`${process} ${open.get(process)}`);
    }
  }
  return history(...lines);
}

test.each(SEEDS)('the sweep says what trying every order says (seed %s)', async (seed) => {
  const random = seededRandom(seed);
  const counts = { consistent: 0, inconsistent: 0 };
  for (let index = 0; index < 150; index++) {
    const text = randomHistory(random);
    const calls = logCallsOf((await historyOf(text)).operations);
    if (calls.ended.length === 0) continue;
    const expected = hasLogOrder(calls) ? 'consistent' : 'inconsistent';
    counts[expected]++;
    expect((await judgeHistory(text, 'log')).verdict, text).toBe(expected);
  }
  expect(Math.min(counts.consistent, counts.inconsistent)).toBeGreaterThan(10);
});

describe('a log whose appends say their positions', () => {
  test('may give them to appends that overlap in any order', async () => {
    expect(await judged('0 append', '1 append', '0 append 2', '1 append 1')).toEqual([]);
  });

  test('must not give a later append an earlier position', async () => {
    const found = await judged('0 append', '0 append 2', '1 append', '1 append 1');
    expect(found).toEqual(['line:4: 1']);
  });

  test('must not give one position twice', async () => {
    const found = await judged('0 append', '1 append', '0 append 1', '1 append 1');
    expect(found).toEqual(['line:4: position 1 again']);
  });

  test('must not hide an append that had ended from a read', async () => {
    expect(await judged('0 append', '0 append 1', '1 read', '1 read 0')).toEqual(['line:4: 0']);
  });

  test('may have held entries before', async () => {
    expect(await judged('0 append', '0 append 41', '1 read', '1 read 41')).toEqual([]);
  });

  test('may have taken an append that timed out, from its beginning on', async () => {
    expect(
      await judged('0 append', '0 append 1', '2 append', '2 append ?', '1 read', '1 read 2'),
    ).toEqual([]);
    expect(
      await judged('0 append', '0 append 1', '1 read', '1 read 2', '2 append', '2 append ?'),
    ).toEqual(['line:4: none']);
  });

  test('did not take one that failed', async () => {
    expect(
      await judged('0 append', '0 append 1', '2 append', '2 append !', '1 read', '1 read 2'),
    ).toEqual(['line:6: none']);
  });

  test('fills as many positions as appends timed out, and a hole of any length is one finding', async () => {
    const lines = ['0 append', '0 append 1', '2 append', '2 append ?', '1 read'];
    const { findings } = await judgeHistory(history(...lines, '1 read 2000000000'), 'log');
    expect(findings.map(({ message }) => message)).toEqual([
      'the read of process 1 (line 6) shows position 3 to 2000000000, which no append can have taken',
    ]);
  });
});

test('two hundred thousand records are swept, not compared with each other', async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) =>
    history(`${i % 7} append`, `${i % 7} append ${i + 1}`),
  );
  const report = await judgeHistory(lines.join(''), 'log');
  expect(report).toMatchObject({ verdict: 'consistent', events: 200_000 });
});

test.each([
  ['no position', { value: null }, 'the append ends with nothing'],
  ['zero', { value: 0 }, 'the append ends with 0'],
  ['a fraction', { value: 1.5 }, 'the append ends with 15e-1'],
  ['a name', { value: 'x' }, 'the append ends with x'],
  ['a position too high', { value: 2 ** 51 + 1 }, 'the append ends with 2251799813685249'],
])('an append that ends with %s is refused with its line', async (_, end, message) => {
  const text = [
    { process: 0, type: 'invoke', f: 'append', value: 'a' },
    { process: 0, type: 'ok', f: 'append', ...end },
  ];
  await expect(
    judgeHistory(text.map((line) => `${JSON.stringify(line)}\n`).join(''), 'log'),
  ).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: expect.stringContaining(`history.edn, line 2: ${message}`),
  });
});

test('an append may repeat its value and say its position apart', async () => {
  const text = `{"process":0,"type":"invoke","f":"append","value":7}
{"process":0,"type":"ok","f":"append","value":7,"position":"1"}
{"process":0,"type":"invoke","f":"read"}
{"process":0,"type":"ok","f":"read","value":1}
`;
  expect(await judgeHistory(text, 'log')).toMatchObject({ verdict: 'consistent', findings: [] });
});
