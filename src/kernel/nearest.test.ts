import { expect, it } from 'vitest';
import { didYouMean, nearestName } from './nearest.ts';

it('names the nearest known name', () => {
  expect(nearestName('lodger', ['payments', 'ledger'])).toBe('ledger');
  expect(didYouMean('sandboks', ['sandbox', 'services'])).toBe(' Did you mean "sandbox"?');
});

it('names none that is far off, nor any when none is known', () => {
  expect(nearestName('xyzzy', ['payments', 'ledger'])).toBeUndefined();
  expect(didYouMean('ledger', [])).toBe('');
});
