import { expect, it } from 'vitest';
import { lineChanges } from './line-changes.ts';

it('tells the lines that come and go, in order, and no other', () => {
  expect(lineChanges('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual(['- b', '+ x', '+ d']);
  expect(lineChanges('a\nb\n', 'a\nb\n')).toEqual([]);
  expect(lineChanges('', 'a\nb')).toEqual(['+ a', '+ b']);
  expect(lineChanges('a\nb\n', '')).toEqual(['- a', '- b']);
  expect(lineChanges('a\na\nb\n', 'a\nb\nb\n')).toEqual(['- a', '+ b']);
});

it('compares up to 2,000 lines', () => {
  const lines = 'x\n'.repeat(1999);
  expect(lineChanges(lines, `${lines}y\n`)).toEqual(['+ y']);
  expect(lineChanges(`${lines}z\n`, `${lines}z\ny\n`)).toEqual([]);
});
