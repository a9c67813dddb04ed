import { expect, test } from 'vitest';
import {
  canonicalJson,
  type JsonNode,
  JsonTextError,
  memberOf,
  parseJsonText,
  stringOf,
  writeJson,
} from './json-text.ts';
import { type Random, seededRandom, systemRandom } from './random.ts';

test('keeps member order and the digits of numbers', () => {
  const text = '{"b":12345678901234567890.10,"a":[1e400,-0,1.50],"1":null}';
  expect(writeJson(parseJsonText(text))).toBe(text);
});

test('drops white space between tokens and none inside strings', () => {
  const node = parseJsonText(' {\r\n\t"a b" : [ 1 ,\n true ] , "c" : " \\t " } ');
  expect(writeJson(node)).toBe('{"a b":[1,true],"c":" \\t "}');
});

test('keeps escapes as they were written, and knows their value', () => {
  const node = parseJsonText('{"\\u0061":"\\u00e9\\/"}');
  expect(writeJson(node)).toBe('{"\\u0061":"\\u00e9\\/"}');
  expect(stringOf(memberOf(node, 'a'))).toBe('é/');
});

test('a member named twice is refused, however it is spelt and however many stand between', () => {
  const many = Array.from({ length: 40 }, (_, index) => `"m${index}":0`).join(',');
  for (const text of ['{"a":1,"\\u0061":2}', `{${many},"m3":1}`, `{${many},"m39":1}`]) {
    expect(() => parseJsonText(text)).toThrow(
      expect.objectContaining({ reason: 'duplicate-member' }),
    );
  }
  expect(() => parseJsonText(`{${many}}`)).not.toThrow();
});

test('128 levels are read, one more is refused', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(writeJson(parseJsonText(nested(129)))).toBe(nested(129));
  expect(() => parseJsonText(nested(130))).toThrow(expect.objectContaining({ reason: 'too-deep' }));
});

test('an error names the offset', () => {
  const offsets = { '{"a":}': 5, '[1,]': 3, '"abc': 4, '"ab\\': 4, '[1] 2': 4, '[tru]': 1, '': 0 };
  for (const [text, offset] of Object.entries(offsets)) {
    expect(attempt(() => parseJsonText(text)).error).toMatchObject({ reason: 'syntax', offset });
  }
});

test('equal values have one canonical text, unequal digits do not', () => {
  const canonical = (text: string) => canonicalJson(parseJsonText(text));
  expect(canonical('{ "b": "\\u0041", "a": [1, {"d":0,"c":0}] }')).toBe(
    '{"a":[1,{"c":0,"d":0}],"b":"A"}',
  );
  expect(canonical('1.0')).not.toBe(canonical('1'));
});

const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

test(`agrees with JSON.parse on what is valid and what it means (FINTECH_TEST_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 20_000; round++) {
    const text = mutated(randomJson(random, 0), random);
    const ours = attempt(() => parseJsonText(text));
    // A duplicate member is the one thing we refuse and JSON.parse does not.
    if (ours.error instanceof JsonTextError && ours.error.reason === 'duplicate-member') continue;
    const theirs = attempt(() => JSON.parse(text) as unknown);
    expect({ text, valid: ours.error === undefined }).toEqual({
      text,
      valid: theirs.error === undefined,
    });
    if (ours.value === undefined) continue;
    for (const value of [
      valueOf(ours.value),
      JSON.parse(writeJson(ours.value)),
      JSON.parse(canonicalJson(ours.value)),
    ]) {
      expect({ text, value }).toEqual({ text, value: theirs.value });
    }
  }
});

function attempt<T>(work: () => T): { value?: T; error?: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]));
    case 'array':
      return node.items.map(valueOf);
    case 'string':
      return node.value;
    case 'number':
      return Number(node.text);
    case 'literal':
      return { true: true, false: false, null: null }[node.text];
  }
}

const SCALARS = [
  '0',
  '-0',
  '1',
  '-12',
  '1.5',
  '1e5',
  '1E+2',
  '-0.5e-10',
  '123456789012345678901234567890',
  'true',
  'false',
  'null',
  '""',
  '"a"',
  '"\\n\\u00e9\\ud83d\\ude00"',
  '"\\ud800"',
  '"é😀"',
  '"\\\\"',
] as const;
const NOISE = '{}[]",:\\ \n\t\r0123456789eE+-.truefalsn\u0000\u001f\u007f\u2028\ufeff\u00a0é';

function randomJson(random: Random, depth: number): string {
  const choice = pick(random, depth > 4 ? 1 : 3);
  const size = pick(random, 4);
  const space = () => ['', ' ', '\n', '\t'][pick(random, 8)] ?? '';
  if (choice === 0) return SCALARS[pick(random, SCALARS.length)] ?? '0';
  const items = Array.from({ length: size }, () => randomJson(random, depth + 1));
  if (choice === 1) return `[${items.map((item) => space() + item + space()).join(',')}]`;
  const member = (item: string, index: number) => `"k${index}${space()}"${space()}:${item}`;
  return `{${items.map(member).join(`,${space()}`)}${space()}}`;
}

/** Most texts get up to two characters put in, taken out or replaced. */
function mutated(text: string, random: Random): string {
  let result = text;
  for (let edits = pick(random, 3); edits > 0; edits--) {
    const at = pick(random, result.length + 1);
    const put = random.fraction() < 0.3 ? '' : NOISE.charAt(pick(random, NOISE.length));
    result = result.slice(0, at) + put + result.slice(at + pick(random, 2));
  }
  return result;
}

function pick(random: Random, below: number): number {
  return Math.floor(random.fraction() * below);
}
