import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import { replayLedger } from './replay.ts';
import { tokenBench } from './tokens.fixture.ts';

const lines = ndjson(bank().fund(100).events);

test('it reads what verify would read, and judges nothing', async () => {
  using at = tokenBench('name: bank\nverify: { sources: [log.ndjson] }\n');
  writeFileSync(join(at.context.cwd, 'log.ndjson'), lines);
  const configured = await replayLedger(at.context, {
    sources: [],
    presets: [],
    maps: [],
    asOf: { to: 'end' },
  });
  const piped = await replayLedger(at.withStdin(lines), {
    sources: ['-'],
    presets: [],
    maps: [],
    asOf: { to: 'end' },
  });
  expect(configured).toEqual(piped);
  expect(configured.data.totals).toMatchObject([{ currency: 'EUR', debit: 100, credit: 100 }]);
});

test('what is left out is warned of', async () => {
  using at = tokenBench();
  const broken = Buffer.concat([lines, Buffer.from('{"x\n')]);
  await replayLedger(at.withStdin(broken), {
    sources: ['-'],
    presets: [],
    maps: [],
    asOf: { to: 'end' },
  });
  expect(at.warnings).toEqual(['1 event could not be read; `fintech verify` says why']);
});

test('a position is of one log', async () => {
  using at = tokenBench();
  const asOf = { to: 'position' as const, position: 3n };
  await expect(
    replayLedger(at.context, { sources: ['a', 'b'], presets: [], maps: [], asOf }),
  ).rejects.toMatchObject({
    code: 'USAGE_INVALID',
  });
});
