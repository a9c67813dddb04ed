import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { savedLogs } from '../log-reader.ts';
import { SeenLines } from './seen-lines.ts';
import { SavedLog } from './unit-logs.ts';

const stamp = (second: number) => `2027-01-01T00:00:0${second}.000Z`;

it('a saved log that grows while it is followed gives only what its container did not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unit-logs-'));
  const path = join(folder, 'teller.log');
  writeFileSync(path, `${stamp(1)} of an earlier container\n`);
  const [file] = await savedLogs(folder);
  if (file === undefined) throw new Error('the saved log was not found');
  const seen = new SeenLines();
  await using log = new SavedLog(file, seen);
  const read = async () => {
    const lines: string[] = [];
    for await (const batch of log.batches({ afterwards: true })) {
      lines.push(...batch.map(({ line }) => line));
    }
    return lines;
  };
  expect(await read()).toEqual(['of an earlier container']);
  const isNew = seen.reading();
  for (const second of [2, 5]) isNew({ time: stamp(second), unit: 'teller', line: 'shown' });
  appendFileSync(path, `${stamp(2)} shown\n${stamp(5)} shown\n${stamp(6)} last word\n`);
  expect(await read()).toEqual(['last word']);
  rmSync(folder, { recursive: true });
});
