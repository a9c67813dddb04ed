import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { type Random, seededRandom, systemRandom } from '../kernel/random.ts';
import { lineChanges } from './line-changes.ts';
import { YamlInsert } from './yaml-insert.ts';

const COMMENTS = /# (?:note|between|inside|it: \[is\] \{so\})/g;
const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

it('leaves all else as it is written: quotes, spacing, indentation, comments, line ends', () => {
  const text = `name:   'bank'   # quoted\r
lists: {a: [x,y], b: [],}  # flow\r
people:\r
    # known\r
    ann:\r
        roles:\r
        - reader   # reads\r
    # the last\r
\r
empty: {}   # none yet\r
none: # not yet`;
  const yaml = new YamlInsert(text);
  yaml.append(['lists', 'a'], 'z');
  yaml.append(['lists', 'b'], 'w');
  yaml.append(['people', 'ann', 'roles'], 'writer');
  yaml.put(['people', 'bob', 'roles'], ['reader']);
  yaml.put(['empty', 'one'], { deep: { er: 1 } });
  yaml.put(['none', 'two'], 'x');
  yaml.append(['new', 'list'], { path: '/v1' });
  expect(String(yaml)).toBe(`name:   'bank'   # quoted\r
lists: {a: [x,y, z], b: [ w ],}  # flow\r
people:\r
    # known\r
    ann:\r
        roles:\r
        - reader   # reads\r
        - writer\r
    bob:\r
      roles: [ reader ]\r
    # the last\r
\r
empty:   # none yet\r
  one: { deep: { er: 1 } }\r
none: # not yet\r
  two: x\r
new:\r
  list:\r
    - { path: /v1 }`);
});

it.each([
  ['a text', 'name: bank\nservices: none\n'],
  ['a list', 'name: bank\nservices: [ a ]\n'],
  ['an alias', 'name: bank\nother: &o { a: 1 }\nservices: *o\n'],
  ['no map at all', '- a\n'],
])('refuses where a map should be and %s is', (_, text) => {
  expect(() => new YamlInsert(text).put(['services', 'ledger'], {})).toThrow(
    expect.objectContaining({ code: 'SCAFFOLD_CONFLICT' }) as Error,
  );
});

it(`means what it meant, and what was put in, however it is written (FINTECH_TEST_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 500; round++) {
    const before = randomText(random);
    const yaml = new YamlInsert(before);
    const wanted = parse(before) as { people?: Record<string, unknown>; list?: unknown[] | null };
    yaml.put(['people', 'new', 'at'], { x: [1] });
    yaml.append(['list'], 'item');
    const after = String(yaml);
    expect(parse(after), `${before}\n---\n${after}`).toEqual({
      ...wanted,
      people: { ...wanted.people, new: { at: { x: [1] } } },
      list: [...(wanted.list ?? []), 'item'],
    });
    expect(after.match(COMMENTS)).toEqual(before.match(COMMENTS));
    // A collection in braces changes its line; nothing else does.
    const gone = lineChanges(before, after).filter((line) => line.startsWith('- '));
    expect(gone.length, `${before}\n---\n${after}`).toBeLessThanOrEqual(2);
  }
});

/** A map of two collections in any style, between other entries. */
function randomText(random: Random): string {
  const one = (choices: readonly string[]) =>
    choices[Math.floor(random.fraction() * choices.length)] ?? '';
  const step = one(['  ', '    ', ' ']);
  const note = () => one(['', '', ' # note', '   # it: [is] {so}']);
  const gap = () => one(['', '', '\n', '# between\n', `${step}# inside\n`]);
  const people = one([
    `people:${note()}\n${step}ann: { a: 1 }${note()}\n${gap()}`,
    `people:${note()}\n${step}ann:${note()}\n${step}${step}text: |\n${step}${step}${step}more # text\n\n`,
    `people:\n${step}ann:\n${step}${step}- x${note()}\n${step}bob:${note()}\n`,
    `people:${one([' {}', ' ~', '', ' { ann: { a: 1 }, bob: [ 1,2 ] }', ' {ann: "x # y",}'])}${note()}\n`,
    `people:\n${step}ann: >-\n${step}${step}folded\n${step}${step}text\n`,
    `people: {\n${step}ann: 1,${note()}\n${step}bob: 2${note()}\n}\n`,
    '',
  ]);
  const list = one([
    `list:${note()}\n- a${note()}\n- b: 1\n  c: 2${note()}\n${gap()}`,
    `list:\n${step}- a\n${step}-${note()}\n`,
    `list:${one([' []', ' ~', '', ' [ a, "b" ]', ' [\n  a,\n  b ]'])}${note()}\n`,
    '',
  ]);
  const parts = [`name: bank${note()}\n`, people, gap(), list, `end: x${note()}\n`, gap()];
  const text = one([parts.join(''), parts.toReversed().join(''), parts.join('').trimEnd()]);
  return one(['\n', '\n', '\r\n']) === '\n' ? text : text.replaceAll('\n', '\r\n');
}
