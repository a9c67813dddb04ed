import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { smallDisk } from '../kernel/small-disk.fixture.ts';
import { add, init, type InitInput } from './scaffold.ts';
import { tokenBench } from './tokens.fixture.ts';

const NO_MOUNT = 'this system does not let us mount a disk of memory';
const KIB = 1024;
const INIT: InitInput = {
  directory: 'bank',
  name: undefined,
  services: ['ledger'],
  set: [],
  yes: true,
  dryRun: false,
};
const ADD = { template: 'ledger', name: 'books', set: [], dryRun: false };
const REFUSED = { code: 'SCAFFOLD_UNWRITABLE', exitCode: 5 };

it('init on a disk that is full at any moment leaves nothing, and says that it is full', async ({
  skip,
}) => {
  using disk = smallDisk(4 * KIB);
  if (disk === undefined) return skip(NO_MOUNT);
  using bench = tokenBench();
  const context = { ...bench.context, cwd: disk.path };
  for (const size of [4, 8, 32, 64, 128, 256]) {
    disk.grow(size * KIB);
    for (const directory of ['bank', 'deep/er/bank']) {
      await expect(init(context, { ...INIT, directory })).rejects.toMatchObject({
        ...REFUSED,
        message: expect.stringContaining('no space left') as string,
      });
      expect(readdirSync(disk.path), `${size} KiB`).toEqual([]);
    }
  }
  disk.grow(8192 * KIB);
  await init(context, INIT);
  expect(readdirSync(disk.path)).toEqual(['bank']);
});

it('add on a full disk leaves the workspace as it was', async ({ skip }) => {
  using disk = smallDisk(8192 * KIB);
  if (disk === undefined) return skip(NO_MOUNT);
  using bench = tokenBench();
  await init({ ...bench.context, cwd: disk.path }, INIT);
  const root = join(disk.path, 'bank');
  const before = readFileSync(join(root, 'fintech.yaml'), 'utf8');
  const names = readdirSync(root, { recursive: true });
  disk.fill();
  await expect(add({ ...bench.context, cwd: root }, ADD)).rejects.toMatchObject(REFUSED);
  expect(readdirSync(root, { recursive: true })).toEqual(names);
  expect(readFileSync(join(root, 'fintech.yaml'), 'utf8')).toBe(before);
  disk.free();
  await add({ ...bench.context, cwd: root }, ADD);
  expect(readdirSync(join(root, 'services'))).toEqual(['books', 'ledger']);
});

it('init and add in a folder that takes nothing say so', async ({ skip }) => {
  using disk = smallDisk(8192 * KIB);
  if (disk === undefined) return skip(NO_MOUNT);
  using bench = tokenBench();
  const context = { ...bench.context, cwd: disk.path };
  await init(context, INIT);
  disk.close();
  for (const directory of ['other', 'bank/below']) {
    await expect(init(context, { ...INIT, directory })).rejects.toMatchObject(REFUSED);
  }
  const inside = { ...context, cwd: join(disk.path, 'bank') };
  await expect(add(inside, ADD)).rejects.toMatchObject(REFUSED);
  expect(readdirSync(disk.path)).toEqual(['bank']);
});
