import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parseJsonText } from '../../kernel/json-text.ts';
import { type Random, seededRandom } from '../../kernel/random.ts';
import { mutated, randomJson } from '../testing/random-json.ts';
import { MAX_NAMES, NAMES, nameTable } from './names.ts';
import * as token from './tokenizer.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const SEED = process.env['FINTECH_SEED'] ?? `${Date.now()}`;
const LINES = 100_000;

const tape = new token.JsonTape();

/** What the tokens say, as `JSON.parse` would; undefined where the line is not valid. */
function valueOf(line: Buffer): { value: unknown } | undefined {
  // The bytes before and behind a line of a log are of other lines.
  const bytes = Buffer.concat([
    Buffer.from('"{['),
    line,
    Buffer.from(`\n"}]${' '.repeat(token.SLACK)}`),
  ]);
  tape.over(bytes);
  const tokens = isUtf8(line) ? tape.read(3) : 0;
  if (tokens === 0) return undefined;
  const [value, behind] = build(0, bytes);
  return behind === tokens ? { value } : undefined;
}

function build(at: number, bytes: Buffer): [unknown, number] {
  const [word = 0, from = 0, to = 0] = tape.tape.subarray(at * token.WORDS);
  switch (word & token.KIND_BITS) {
    case token.STRING:
      return [tape.text(at), at + 1];
    case token.NUMBER:
      return [Number(bytes.toString('latin1', from, to)), at + 1];
    case token.ARRAY: {
      const items: unknown[] = [];
      for (let next = at + 1; next < to;) {
        const [item, behind] = build(next, bytes);
        items.push(item);
        next = behind;
      }
      return [items, to];
    }
    case token.OBJECT: {
      const members: [string, unknown][] = [];
      for (let next = at + 1; next < to;) {
        const [item, behind] = build(next + 1, bytes);
        members.push([tape.text(next), item]);
        next = behind;
      }
      return [Object.fromEntries(members), to];
    }
    default:
      return [{ [token.TRUE]: true, [token.FALSE]: false, [token.NULL]: null }[word], at + 1];
  }
}

/** What `JSON.parse` says of the same line, behind a strict decoder. */
function parsed(line: Buffer): { value: unknown } | undefined {
  try {
    return {
      value: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)),
    };
  } catch {
    return undefined;
  }
}

/** Whether our own rules let it through too: no member twice, no more than 128 levels. */
function isStrict(line: Buffer): boolean {
  try {
    parseJsonText(line.toString());
    return true;
  } catch {
    return false;
  }
}

function randomLine(random: Random): Buffer {
  const line = Buffer.from(randomJson(random));
  return random.fraction() < 0.5 ? line : mutated(line, random);
}

test(
  `agrees with JSON.parse on ${LINES} lines, valid and broken (FINTECH_SEED=${SEED})`,
  { timeout: 60_000 },
  () => {
    const random = seededRandom(SEED);
    const counts = { valid: 0, broken: 0, notOurs: 0 };
    const disagreed: string[] = [];
    for (let i = 0; i < LINES; i++) {
      const line = randomLine(random);
      const theirs = parsed(line);
      const strict = theirs === undefined || isStrict(line) ? theirs : undefined;
      counts[theirs === undefined ? 'broken' : strict === undefined ? 'notOurs' : 'valid']++;
      if (!isDeepStrictEqual(valueOf(line), strict)) disagreed.push(line.toString());
    }
    expect(disagreed).toEqual([]);
    expect(counts.valid).toBeGreaterThan(LINES / 3);
    expect(counts.broken).toBeGreaterThan(LINES / 10);
    expect(counts.notOurs).toBeGreaterThan(LINES / 1000);
  },
);

test.each([
  ['{"a":1,"\\u0061":2}', false],
  ['{"id":1,"\\u0069d":2}', false],
  ['{"id":1,"\\u0069D":2}', true],
  [`{${Array.from({ length: 40 }, (_, i) => `"n${i}":${i}`).join()}}`, true],
  [`{${Array.from({ length: 40 }, (_, i) => `"n${i % 39}":${i}`).join()}}`, false],
  [`${'['.repeat(129)}${']'.repeat(129)}`, true],
  [`${'['.repeat(130)}${']'.repeat(130)}`, false],
  [`${'['.repeat(129)}1${']'.repeat(129)}`, false],
  [`${'{"a":'.repeat(128)}1${'}'.repeat(128)}`, true],
  [`${'{"a":'.repeat(129)}1${'}'.repeat(129)}`, false],
  ['', false],
  [' ', false],
  ['\ufeff{}', false],
  ['"\u007f"', true],
  ['{"a":1}\r', true],
  ['1e400', true],
  ['-', false],
])('%s is valid: %s', (text, valid) => {
  const line = Buffer.from(text);
  expect(valueOf(line) !== undefined).toBe(valid);
  expect(isStrict(line)).toBe(valid);
});

test('every name is found by its bytes, and no other text', () => {
  expect(NAMES.length).toBeLessThanOrEqual(MAX_NAMES);
  const find = (text: string) => nameTable.find(Buffer.from(text), 0, text.length);
  expect(NAMES.map(find)).toEqual([...NAMES.keys()]);
  for (const other of ['', 'x', 'iX', 'Xd', 'accountid', 'dat', 'datas', 'currencY']) {
    expect(find(other)).toBe(-1);
  }
});
