import { describe, expect, test } from 'vitest';
import { parseJsonText, writeJson } from '../../kernel/json-text.ts';
import { nodeAt, parsePath } from './path.ts';

const RECORD = parseJsonText(
  `{"a":{"b":[10,{"c":"x"}],"$m":{"odd-name":1,"it's":2}},"no":null,"empty":"","é":3}`,
);

function at(text: string): string | undefined {
  const path = parsePath(text);
  if ('fault' in path) throw new Error(path.fault);
  const node = nodeAt(RECORD, path);
  return node === undefined ? undefined : writeJson(node);
}

describe('a path', () => {
  test.each([
    ['a.b[0]', '10'],
    ['a.b[-1].c', '"x"'],
    ['$.a.b[1].c', '"x"'],
    [`a['$m']['odd-name']`, '1'],
    [`a["$m"]['it\\'s']`, '2'],
    [`['a'].b[0]`, '10'],
    ['é', '3'],
    ['a.b[7]', undefined],
    ['a.b.c', undefined],
    ['a[0]', undefined],
    ['no', undefined],
    ['empty', undefined],
    ['missing.further', undefined],
  ])('%s leads to %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test('$ alone is the record', () => {
    expect(at('$')).toBe(writeJson(RECORD));
  });

  test.each(['', 'a..b', 'a.', '.a', 'a[', 'a[x]', 'a[01]', 'a b', '$a', 'a[*]', 'a[0:1]', '..a'])(
    '%j is refused',
    (text) => {
      expect(parsePath(text)).toHaveProperty('fault');
    },
  );

  test('a name with a hyphen is refused with the way to write it', () => {
    expect(parsePath('headers.event-type')).toEqual({
      fault: `"headers.event-type" is no path from "-type" on; a name with - in it is written ['like-this']`,
    });
  });
});
