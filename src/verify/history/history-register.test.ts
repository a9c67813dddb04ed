import { describe, expect, test } from 'vitest';
import { foundIn, judgeHistory } from './history.fixture.ts';

const json = (...records: object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** `0 write 1`, `0 ok`, `0 ok 1`, `0 info`, `0 fail`; a call has a name and perhaps a value, an end only a value. */
function history(...lines: string[]): string {
  const open = new Map<string, string>();
  return json(
    ...lines.map((line) => {
      const [process = '', word = '', text] = line.split(' ');
      const value: unknown = text === undefined ? null : JSON.parse(text);
      const isEnd = ['ok', 'info', 'fail'].includes(word);
      if (!isEnd) open.set(process, word);
      return { process, type: isEnd ? word : 'invoke', f: open.get(process), value };
    }),
  );
}

const judged = async (...lines: string[]) =>
  foundIn(await judgeHistory(history(...lines), 'register'));

describe('a register', () => {
  test('holds null before it is written', async () => {
    expect(await judged('0 read', '0 ok null', '0 write 1', '0 ok', '0 read', '0 ok 1')).toEqual(
      [],
    );
    expect(await judged('0 read', '0 ok 1')).toEqual(['line:2: 1']);
  });

  test('may be read as it was or as it becomes, while it is written', async () => {
    expect(await judged('0 write 1', '1 read', '2 read', '1 ok 1', '2 ok null', '0 ok')).toEqual(
      [],
    );
  });

  test('must not be read as it was, once it was read as it became', async () => {
    const found = await judged('0 write 1', '1 read', '1 ok 1', '2 read', '2 ok null', '0 ok');
    expect(found).toEqual(['line:5: null']);
  });

  test('may be written by a call that timed out, at any later time or never', async () => {
    const lines = ['0 write 1', '0 info', '1 read', '1 ok null', '1 read', '1 ok 1'];
    expect(await judged(...lines)).toEqual([]);
    expect(await judged(...lines, '1 read', '1 ok null')).toEqual(['line:8: null']);
  });

  test('is not written by a call that failed', async () => {
    expect(await judged('0 write 1', '0 fail', '1 read', '1 ok 1')).toEqual(['line:4: 1']);
  });

  test('compares and sets in one step', async () => {
    const lines = ['0 write 1', '0 ok', '1 cas [1,2]', '2 cas [1,3]', '1 ok'];
    expect(await judged(...lines, '2 fail')).toEqual([]);
    expect(await judged(...lines, '2 ok')).toEqual(['line:6: a cas from 1 that was made']);
  });

  test('takes equal numbers for equal, however they are written', async () => {
    const text = history('0 write 1', '0 ok', '0 read', '0 ok 1').replace(
      '"value":1}\n{"process":"0","type":"ok"',
      '"value":1.0}\n{"process":"0","type":"ok"',
    );
    expect(foundIn(await judgeHistory(text, 'register'))).toEqual([]);
  });

  test('is told from another by its key, or by the pairs Jepsen writes', async () => {
    const text = (key: string) => `{:process 0 :type :invoke :f :write :value [:x 1]}
{:process 0 :type :ok :f :write :value [:x 1]}
{:process 0 :type :invoke :f :read :value [${key} nil]}
{:process 0 :type :ok :f :read :value [${key} nil]}`;
    expect(foundIn(await judgeHistory(text(':y'), 'register'))).toEqual([]);
    const { findings } = await judgeHistory(text(':x'), 'register');
    expect(findings.map(({ message }) => message)).toEqual([
      'no order of 2 calls on key "x" explains the read of process 0 (line 4): expected 1, as any order of the calls before leaves it, found null',
    ]);
  });
});

describe('a key-value store', () => {
  const store = (...calls: [f: string, key: string, input: unknown, output?: unknown][]) =>
    json(
      ...calls.flatMap(([f, key, value, output = null]) => [
        { process: 0, type: 'invoke', f, key, value },
        { process: 0, type: 'ok', f, key, value: output },
      ]),
    );

  test('puts, appends and gets by key', async () => {
    const text = store(
      ['put', 'a', 'x'],
      ['append', 'a', 'y'],
      ['append', 'b', 'z'],
      ['get', 'a', null, 'xy'],
      ['get', 'b', null, 'z'],
      ['get', 'c', null, null],
    );
    const report = await judgeHistory(text, 'kv');
    expect(report).toMatchObject({ verdict: 'consistent', checks: [{ checked: 6 }] });
  });

  test('must not lose what was appended', async () => {
    const text = store(['append', 'a', 'x'], ['append', 'a', 'y'], ['get', 'a', null, 'y']);
    expect(foundIn(await judgeHistory(text, 'kv'))).toEqual(['line:6: "y"']);
  });

  test.each([
    [json({ process: 0, type: 'invoke', f: 'put', value: 1 }), 'line 1: "put" names no key'],
    [
      json({ process: 0, type: 'invoke', f: 'cas', key: 1, value: [1, 2] }),
      'line 1: there is no "cas" here, only get, put, append',
    ],
    [store(['append', 'a', 1]), 'line 1: "append" takes a string'],
    [
      store(['append', 'a', 'x'], ['put', 'a', 5]),
      'line 3: what is appended to must be a string, and this is none',
    ],
    [
      store(['put', 'a', 5, 6]),
      'line 2: "put" of line 1 ends with another value than it began with',
    ],
  ])('%j is refused with its line', async (text, message) => {
    await expect(judgeHistory(text, 'kv')).rejects.toMatchObject({
      code: 'VERIFY_SOURCE',
      message: `history.edn, ${message}`,
    });
  });
});

test.each([
  [history('0 cas 5'), 'line 1: "cas" takes two values: [from, to]'],
  [history('0 delete'), 'line 1: there is no "delete" here, only read, write, cas'],
  [history('0 toString'), 'line 1: there is no "toString" here, only read, write, cas'],
])('%j is refused with its line', async (text, message) => {
  await expect(judgeHistory(text, 'register')).rejects.toThrow(`history.edn, ${message}`);
});

test('a finding that is not made small shows its last records, and says so', async () => {
  const calls = Array.from({ length: 150 }, (_, i) => [`0 write ${i}`, '0 ok']).flat();
  const text = history(...calls, '0 read', '0 ok 0');
  const small = await judgeHistory(text, 'register');
  expect(small.findings[0]?.positions).toEqual(['line:299', 'line:300', 'line:301', 'line:302']);
  const { findings } = await judgeHistory(text, 'register', {
    timeout: { text: '1 s', isOver: overAfter(1) },
  });
  expect(findings[0]?.events).toHaveLength(200);
  expect(findings[0]?.message).toContain('(of 302 records, the last 200)');
});

test('a finding names at most five values that could have been seen, and cuts long ones', async () => {
  const writes = Array.from({ length: 7 }, (_, i) => `${i} write ${i}`);
  const ends = Array.from({ length: 7 }, (_, i) => `${i} ok`);
  const text = history('0 write 9', '0 ok', ...writes, ...ends, '0 read', '0 ok 9');
  const { findings } = await judgeHistory(text, 'register', {
    timeout: { text: '1 s', isOver: overAfter(1) },
  });
  expect(findings[0]?.expected).toMatch(/^0 or 1 or 2 or 3 or 4 or 2 more, as any order/);
  const long = history('0 read', `0 ok "${'x'.repeat(500)}"`);
  expect(foundIn(await judgeHistory(long, 'register'))[0]?.length).toBeLessThan(150);
});

test('a finding says where a read saw what nobody wrote', async () => {
  const text = history('0 write 1', '0 ok', '0 read', '0 ok 9');
  expect((await judgeHistory(text, 'register')).findings).toMatchObject([
    { positions: ['line:3', 'line:4'], expected: 'null or what some call wrote', actual: '9' },
  ]);
});

/** A time that is over once it was asked for so often. */
function overAfter(times: number): () => boolean {
  let asked = 0;
  return () => asked++ >= times;
}

describe('a search that takes too long', () => {
  /** Writes of equal length that all overlap, and a read of what none of them wrote: every order is tried. */
  const wide = (width: number, last: unknown): string =>
    history(
      ...Array.from({ length: width }, (_, i) => `${i} write ${i}`),
      ...Array.from({ length: width }, (_, i) => `${i} ok`),
      '0 read',
      `0 ok ${JSON.stringify(last)}`,
    );

  test('is inconclusive, never a failure, and says how long it took', async () => {
    const timeout = { text: '2 s', isOver: overAfter(3) };
    const report = await judgeHistory(wide(18, 'none'), 'register', { timeout });
    expect(report).toMatchObject({
      verdict: 'inconclusive',
      findings: [],
      checks: [
        { checked: 0, skipped: 19, reason: 'the search for an order was not over after 2 s' },
      ],
    });
  });

  test('does not keep other keys from being judged', async () => {
    const other = json(
      { process: 'p', type: 'invoke', f: 'read', key: 'k' },
      { process: 'p', type: 'ok', f: 'read', key: 'k', value: 7 },
    );
    const timeout = { text: '2 s', isOver: overAfter(21) };
    const report = await judgeHistory(wide(18, 'none') + other, 'register', { timeout });
    expect(foundIn(report)).toEqual([`line:${2 * 18 + 4}: 7`]);
  });

  test('is inconclusive too where it would need too much memory', async () => {
    const report = await judgeHistory(wide(18, 'none'), 'register', {
      room: { configurations: 1000, characters: 1000 },
    });
    expect(report.checks).toMatchObject([
      { verdict: 'inconclusive', reason: 'the search for an order needs too much memory' },
    ]);
  });

  test('can be interrupted', async () => {
    const signal = AbortSignal.timeout(20);
    await expect(judgeHistory(wide(22, 'none'), 'register', { signal })).rejects.toThrow('timeout');
  });
});
