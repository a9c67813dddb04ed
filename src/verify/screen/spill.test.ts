import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { PARTITIONS, Records } from './records.ts';
import { BlockReader, Spill } from './spill.ts';

/** Records whose hashes fall into all partitions. */
function block(count: number) {
  const records = new Records(2);
  for (let i = 0; i < count; i++) records.add(i, (i * 0x9e3779b1) >>> 0);
  return records.take();
}

test('what is above the limit goes to a private file, from which every partition comes back', () => {
  const [first, second, third] = [block(500), block(700), block(900)];
  let path = '';
  {
    using spill = new Spill(first.words.byteLength);
    using reader = new BlockReader();
    const kept = [first, second, third].map((one) => spill.keep(one));
    expect(kept.map(({ spilled }) => spilled?.position)).toEqual([undefined, 0, 5600]);
    path = kept[1]?.spilled?.path ?? '';
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    for (const [index, whole] of [first, second, third].entries()) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const back = kept[index];
        if (back === undefined) throw new Error('no block');
        expect(reader.wordsOf(back, partition)).toEqual(reader.wordsOf(whole, partition));
      }
    }
  }
  expect(existsSync(dirname(path))).toBe(false);
});
