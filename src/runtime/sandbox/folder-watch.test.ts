import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { watchFolders } from './folder-watch.ts';

const WAIT = { timeout: 5000, interval: 20 };

let root: string;
let watching: Disposable;
const changed = vi.fn<() => void>();
const failed = vi.fn<(why: string) => void>();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fintech-watch-'));
  changed.mockClear();
  failed.mockClear();
});
afterEach(() => {
  watching[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

function start(...folders: string[]): void {
  watching = watchFolders(
    folders.map((folder) => join(root, folder)),
    { clock: systemClock, changed, failed },
  );
}

it('calls a burst of changes one change', async () => {
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  start('src');
  for (let file = 0; file < 20; file++) writeFileSync(join(root, 'src/deep', `${file}`), 'x');
  await vi.waitFor(() => expect(changed).toHaveBeenCalled(), WAIT);
  await sleep(300);
  expect(changed).toHaveBeenCalledOnce();
});

it('notices a folder that comes later, and what changes in it', async () => {
  start('later');
  mkdirSync(join(root, 'later'));
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), WAIT);
  writeFileSync(join(root, 'later/file'), 'x');
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2), WAIT);
  expect(failed).not.toHaveBeenCalled();
});

it('goes on when a folder vanishes and comes back', async () => {
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  start('src');
  rmSync(join(root, 'src'), { recursive: true });
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), WAIT);
  mkdirSync(join(root, 'src'));
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2), WAIT);
  writeFileSync(join(root, 'src/file'), 'x');
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(3), WAIT);
});
