import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import { replay } from './replay.ts';
import { tokenBench } from './tokens.fixture.ts';

const lines = ndjson(bank().fund(100).events);

test('it reads what verify would read, and judges nothing', async () => {
  using at = tokenBench('name: bank\nverify: { sources: [log.ndjson] }\n');
  writeFileSync(join(at.context.cwd, 'log.ndjson'), lines);
  const configured = await replay(at.context, {
    sources: [],
    asOf: { to: 'end' },
    presets: [],
    maps: [],
    projection: undefined,
  });
  const piped = await replay(at.withStdin(lines), {
    sources: ['-'],
    asOf: { to: 'end' },
    presets: [],
    maps: [],
    projection: undefined,
  });
  expect(configured).toEqual(piped);
  expect(configured.data).toMatchObject({
    totals: [{ currency: 'EUR', debit: 100, credit: 100 }],
  });
});

test('what is left out is warned of', async () => {
  using at = tokenBench();
  const broken = Buffer.concat([lines, Buffer.from('{"x\n')]);
  await replay(at.withStdin(broken), {
    sources: ['-'],
    asOf: { to: 'end' },
    presets: [],
    maps: [],
    projection: undefined,
  });
  expect(at.warnings).toEqual(['1 event could not be read; `fintech verify` says why']);
});

test('a position is of one log', async () => {
  using at = tokenBench();
  const asOf = { to: 'position' as const, position: 3n };
  await expect(
    replay(at.context, { sources: ['a', 'b'], asOf, presets: [], maps: [], projection: undefined }),
  ).rejects.toMatchObject({
    code: 'USAGE_INVALID',
  });
});

test('a projection of the user is folded as it is written, and what it throws is its own fault', async () => {
  using at = tokenBench('name: bank\nverify: { projections: [count.ts] }\n');
  const write = (step: string) =>
    writeFileSync(
      join(at.context.cwd, 'count.ts'),
      `export default { name: 'acme/count', events: ['com.acme.ledger.*'], initial: () => new Map(),
        step: ${step}, entries: (counts) => counts };`,
    );
  write('(counts, { stream }) => counts.set(stream, (counts.get(stream) ?? 0n) + 1n)');
  const input = {
    sources: ['-'],
    asOf: { to: 'end' as const },
    presets: [],
    maps: [],
    projection: 'acme/count',
  };
  expect((await replay(at.withStdin(lines), input)).data).toEqual({
    projection: 'acme/count',
    position: '4',
    entries: ['account-alice', 'account-bob', 'account-cash', 'tx-fund'].map((key) => ({
      key,
      value: 1,
    })),
  });
  const other = { ...input, projection: 'acme/conut' };
  await expect(replay(at.withStdin(lines), other)).rejects.toThrow('Did you mean "acme/count"?');
});

test('a projection that throws is VERIFY_CODE', async () => {
  using at = tokenBench('name: bank\nverify: { projections: [bad.ts] }\n');
  writeFileSync(
    join(at.context.cwd, 'bad.ts'),
    `export default { name: 'acme/bad', facts: ['account'], initial: () => 0,
      step: () => { throw new Error('no'); }, entries: () => [] };`,
  );
  const input = {
    sources: ['-'],
    asOf: { to: 'end' as const },
    presets: [],
    maps: [],
    projection: 'acme/bad',
  };
  await expect(replay(at.withStdin(lines), input)).rejects.toMatchObject({
    code: 'VERIFY_CODE',
    message: expect.stringContaining('projection acme/bad threw: Error: no (bad.ts') as string,
  });
});
