import { expect, test } from 'vitest';
import { parseJsonText } from '../../kernel/json-text.ts';
import { plainData } from './plain-data.ts';

const read = (text: string) => plainData(parseJsonText(text));

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['-12345678901234567890', -12_345_678_901_234_567_890n],
  ['0.10', 0.1],
  ['1e3', 1000],
  ['1.50E+2', 150],
  ['-0', -0],
  ['0.0', 0],
  ['0.12345678901234567890', '0.12345678901234567890'],
  ['1e400', '1e400'],
  ['1234567890123456.5', 1_234_567_890_123_456.5],
  ['1234567890123456.7', '1234567890123456.7'],
])('the number %s becomes %s', (text, value) => {
  expect(read(text)).toBe(value);
});

test('objects, lists, texts and literals become themselves, __proto__ a member like any other', () => {
  const value = read('{"a":[1,"x",true,null],"__proto__":{"b":2}}');
  expect(value).toEqual(JSON.parse('{"a":[1,"x",true,null],"__proto__":{"b":2}}'));
  expect(Object.keys(value as object)).toEqual(['a', '__proto__']);
});
