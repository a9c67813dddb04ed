import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Show } from '../model/verify-report.ts';
import { tokenBench } from './tokens.fixture.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';
import { verify } from './verify.ts';

const CONFIG = `
verify:
  sources: [{ name: t, files: t.ndjson, preset: kcat, log: { starts: middle } }]
  map:
    - type: Posted
      transaction: payload.id
      postings: { each: payload.legs, account: a, amount: n, currency: $.payload.ccy }
`;

/** One record whose postings do not balance, with what is nobody's business. */
const RECORD = {
  topic: 'secret-topic',
  partition: 2,
  offset: 7,
  headers: ['id', 'e-1', 'eventType', 'Posted', 'user', 'Ann'],
  key: 'k',
  payload: JSON.stringify({
    id: 'tx',
    ccy: 'EUR',
    memo: 'rent',
    legs: [{ a: 'x', n: 1, iban: 'DE1' }],
  }),
};

async function reported(show: Show): Promise<string> {
  using bench = tokenBench(CONFIG);
  writeFileSync(join(bench.context.cwd, 't.ndjson'), `${JSON.stringify(RECORD)}\n`);
  const input = { ...VERIFY_INPUT, sources: [], only: ['ledger/balanced'], show };
  const { data } = await verify(bench.context, input);
  const same = (text: string): string => text;
  return data.text({ bold: same, dim: same, good: same, bad: same, warn: same });
}

test('a report shows of a mapped record what the map reads, and no more', async () => {
  const text = await reported('fields');
  for (const shown of [
    '"id":"tx"',
    '"ccy":"EUR"',
    '"legs":[{"a":"x","n":1}]',
    '"id":"e-1"',
    '"offset":7',
  ]) {
    expect(text).toContain(shown);
  }
  for (const hidden of ['rent', 'DE1', 'Ann', 'secret-topic']) expect(text).not.toContain(hidden);
});

test('with --show keys it shows what identifies a record', async () => {
  const text = await reported('keys');
  expect(text).toContain('{"partition":2,"offset":7,"headers":{"id":"e-1"},"key":"k"}');
  expect(await reported('full')).toContain('rent');
});
