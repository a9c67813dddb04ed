import { expect, it } from 'vitest';
import { fillIn, fillInJson } from './placeholders.ts';

it('puts values in, and does not look at them again', () => {
  const values = { name: '{{workspace}}', workspace: 'bank', docker: true };
  expect(fillIn('a {{name}} b {{workspace}} {{docker}}', values)).toBe(
    'a {{workspace}} b bank true',
  );
});

it('leaves what is no placeholder: CI expressions, templates of others', () => {
  const text = '${{ secrets.TOKEN }} {{ name }} {name} {{Name}} {{a.b}}';
  expect(fillIn(text, { name: 'x' })).toBe(text);
});

it('refuses a placeholder that stands for nothing, those of every object included', () => {
  for (const name of ['other', 'constructor', 'toString']) {
    expect(() => fillIn(`{{${name}}}`, {})).toThrow(/stands for nothing/);
  }
});

it('fills in every string and member name of a JSON value', () => {
  const value = { '{{name}}': ['/v1/{{name}}', 1, true, null, { a: '{{name}}' }] };
  expect(fillInJson(value, { name: 'ledger' })).toEqual({
    ledger: ['/v1/ledger', 1, true, null, { a: 'ledger' }],
  });
});
