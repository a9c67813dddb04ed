import { Command } from 'commander';
import { expect, it } from 'vitest';
import type { Style } from '../model/style.ts';
import { verb } from './token-inspect.ts';

const plain = (text: string) => text;
const style: Style = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

it('shows header and claims in columns, times as dates, and nothing that steers a terminal', () => {
  const text = verb.present(
    {
      header: { alg: 'none' },
      claims: { sub: '\u001b[2Jusr', exp: 0, 'na\u202eme': ['a\u009b'], city: '東京' },
      signatureBytes: 0,
      remarks: [],
      times: { exp: '1970-01-01T00:00:00.000Z' },
    },
    style,
  );
  expect(text?.split('\n')).toEqual([
    'header',
    '  alg  none',
    'claims',
    String.raw`  sub           \u{1b}[2Jusr`,
    '  exp           0  1970-01-01T00:00:00.000Z',
    String.raw`  na\u{202e}me  ["a\u{9b}"]`,
    '  city          東京',
    'signature of 0 bytes, not checked',
  ]);
});

it.each([
  [['a.b.c'], 'a.b.c'],
  [['-'], undefined],
  [[], undefined],
])('reads the token of %j', (args, token) => {
  const command = new Command().exitOverride();
  verb.configure(command);
  command.parse(args, { from: 'user' });
  expect(verb.input(command)).toEqual({ token });
});
