import { describe, expect, it } from 'vitest';
import { MAX_YAML_ALIASES, MAX_YAML_DEPTH, readYaml } from './yaml-text.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const aliases = (count: number): string =>
  Array.from({ length: count + 1 }, (_, index) =>
    index === 0 ? 'k0: &a0 x\n' : `k${index}: *a0\n`,
  ).join('');

describe('readYaml', () => {
  it('takes keys as they are written', () => {
    const { value, faults } = readYaml('1: a\ntrue: b\n~: c\n0x10: d\n');
    expect(faults).toEqual([]);
    expect(value).toEqual({ '1': 'a', true: 'b', '~': 'c', '0x10': 'd' });
  });

  it('reports each key that stands twice, and where', () => {
    expect(readYaml('a: 1\nb: { c: 1, c: 2 }\na: 2\n').faults).toEqual([
      { line: 3, column: 1, message: 'Map keys must be unique' },
      { line: 2, column: 12, message: 'Map keys must be unique' },
    ]);
  });

  it.each([
    ['services: &a { a: *a }', 19, '*a contains itself'],
    ['- &x [1, { y: [*x] }]', 16, '*x contains itself'],
    ['a: &a [ &b [ *a ], *b ]', 14, '*a contains itself'],
    ['a: *b', 4, 'nothing before this is named &b'],
  ])('refuses an alias that leads nowhere: %s', (text, column, message) => {
    expect(readYaml(text).faults).toEqual([{ line: 1, column, message }]);
  });

  it('refuses what is nested too deeply, once, however deep', () => {
    expect(readYaml(nested(MAX_YAML_DEPTH)).faults).toEqual([]);
    for (const text of [nested(MAX_YAML_DEPTH + 1), '['.repeat(20_000), '{'.repeat(20_000)]) {
      const messages = readYaml(text).faults.map(({ message }) => message);
      expect(messages.filter((message) => message.startsWith('nested deeper'))).toHaveLength(1);
      expect(messages).toHaveLength(1);
    }
  });

  it('follows no more aliases than its limit', () => {
    expect(readYaml(aliases(MAX_YAML_ALIASES)).faults).toEqual([]);
    expect(readYaml(aliases(MAX_YAML_ALIASES + 1)).faults).toMatchObject([
      { line: MAX_YAML_ALIASES + 2, message: `more than ${MAX_YAML_ALIASES} aliases` },
    ]);
  });

  it('stops aliases that explode', () => {
    const bomb = Array.from('bcdefg', (name, index) => {
      const before = `*${'abcdef'[index]},`;
      return `${name}: &${name} [${before.repeat(10)}]\n`;
    });
    expect(readYaml(`a: &a [x]\n${bomb.join('')}`).faults).toHaveLength(1);
  });

  it('reads as many keys as fit into a file without comparing each with each', () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `key${index}: 1\n`).join('');
    const start = performance.now();
    expect(readYaml(text).faults).toEqual([]);
    // Each with each takes the parser 8 s.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('finds a place through aliases, escapes and lists, else the nearest parent', () => {
    const text = 'a: &a\n  - { b/c: 1 }\nd: *a\n';
    const { faultAt } = readYaml(text);
    expect(faultAt({ path: '/d/0/b~1c' }, 'm')).toEqual({ line: 2, column: 12, message: 'm' });
    expect(faultAt({ path: '/a/0', key: 'b/c' }, 'm')).toMatchObject({ line: 2, column: 7 });
    expect(faultAt({ path: '/a/7/x' }, 'm')).toMatchObject({ line: 2, column: 3 });
  });
});
