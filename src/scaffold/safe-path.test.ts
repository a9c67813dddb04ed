import { expect, it } from 'vitest';
import { pathFault } from './safe-path.ts';

it.each([
  'fintech.yaml',
  '.github/workflows/verify.yml',
  'services/ledger/src/main.ts',
  '.gitignore',
  'x'.repeat(400),
])('lets a template write %s', (path) => {
  expect(pathFault(path)).toBeUndefined();
});

it.each([
  ['/etc/passwd', /absolute/],
  ['C:/x', /absolute/],
  ['\\\\host\\x', /absolute/],
  ['../x', /leaves/],
  ['a/../../x', /leaves/],
  ['a/./x', /leaves/],
  ['a//x', /leaves/],
  ['a/', /leaves/],
  ['', /leaves/],
  ['..', /leaves/],
  ['a\\..\\x', /not safe/],
  ['a\0b', /not safe/],
  ['a\nb', /not safe/],
  ['a/b.', /ends in a dot/],
  ['.git/hooks/post-checkout', /reaches into \.git/],
  ['sub/.GIT/config', /reaches into \.GIT/],
  ['node_modules/x/index.js', /reaches into node_modules/],
  ['.fintech/keys/x', /reaches into \.fintech/],
  ['x'.repeat(401), /longer than 400/],
])('refuses %j', (path, why) => {
  expect(pathFault(path)).toMatch(why);
});
