import { expect, it } from 'vitest';
import { MAX_FILLED_IN, withEnvironment } from './config-environment.ts';

const fill = (value: unknown, environment: Record<string, string> = {}): unknown =>
  withEnvironment(value, { file: 'f', environment });

it('fills every string at any depth, and no key', () => {
  expect(fill({ '${A}': ['${A}-${A}', { b: 'x${A}' }], n: 1 }, { A: 'v' })).toEqual({
    '${A}': ['v-v', { b: 'xv' }],
    n: 1,
  });
});

it('does not fill what a variable brought in', () => {
  expect(fill('${A}', { A: '${B}' })).toBe('${B}');
});

it('names all variables that are not set', () => {
  expect(() => fill(['${A}', '${B}', '${A}'])).toThrow('environment variable not set: A, B');
});

it('stops when variables bring in more than their limit together', () => {
  const A = 'x'.repeat(MAX_FILLED_IN / 4);
  expect(fill('${A}${A}${A}${A}', { A })).toHaveLength(MAX_FILLED_IN);
  expect(() => fill(['${A}${A}', '${A}${A}${A}'], { A })).toThrow(`more than ${MAX_FILLED_IN}`);
});
