import { expect, test } from 'vitest';
import { baselineOf } from './baseline-options.ts';

test('a baseline is read, or updated with an owner and a day', () => {
  expect(baselineOf({})).toBeUndefined();
  expect(baselineOf({ baseline: 'b' })).toMatchObject({ file: 'b', update: false });
  const flags = { baseline: 'b', updateBaseline: true, owner: 'o', expires: '2027-02-28' } as const;
  expect(baselineOf(flags)).toEqual({ file: 'b', update: true, owner: 'o', expires: '2027-02-28' });
});

test.each([
  [{ updateBaseline: true } as const, '--update-baseline needs --baseline'],
  [{ baseline: 'b', owner: 'o' }, '--owner needs --update-baseline'],
  [{ baseline: 'b', expires: '2027-01-01' }, '--expires needs --update-baseline'],
  [
    { baseline: 'b', updateBaseline: true, expires: '2027-02-30' } as const,
    '--expires 2027-02-30 is no date',
  ],
])('%j is refused: %s', (flags, message) => {
  expect(() => baselineOf(flags)).toThrow(message);
});
