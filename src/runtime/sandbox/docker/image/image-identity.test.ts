import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHashOf, factsOf, type ImageRecipe } from './image-identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-identity-'));
  writeFileSync(join(folder, 'a'), 'content');
  copyFileSync(join(folder, 'a'), join(folder, 'copy'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recipe = (name: string, changes: Partial<ImageRecipe> = {}): ImageRecipe => ({
  entries: [{ path: '/a', file: join(folder, name), mode: 0o644, owner: 0 }],
  settings: ['USER 1:1'],
  base: undefined,
  ...changes,
});

describe('the hash of content', () => {
  it('is the same for the same content in other files', async () => {
    expect(await contentHashOf(recipe('a'), 'id')).toBe(await contentHashOf(recipe('copy'), 'id'));
  });

  it('changes with the content, the settings, a mode, a path and the base', async () => {
    writeFileSync(join(folder, 'copy'), 'CONTENT');
    const [entry] = recipe('a').entries;
    const hashes = await Promise.all([
      contentHashOf(recipe('a'), 'id'),
      contentHashOf(recipe('copy'), 'id'),
      contentHashOf(recipe('a', { settings: ['USER 2:2'] }), 'id'),
      contentHashOf(
        recipe('a', { entries: [{ path: '/a', owner: 0, ...entry, mode: 0o755 }] }),
        'id',
      ),
      contentHashOf(
        recipe('a', { entries: [{ mode: 0o644, owner: 0, ...entry, path: '/b' }] }),
        'id',
      ),
      contentHashOf(recipe('a'), 'other'),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('the facts of files', () => {
  it('stay while nothing is written', async () => {
    expect(await factsOf(recipe('a'))).toBe(await factsOf(recipe('a')));
  });

  it('change when a file is rewritten in the same size and given its old time back', async () => {
    const file = join(folder, 'a');
    utimesSync(file, 1, 1);
    const before = await factsOf(recipe('a'));
    writeFileSync(file, 'CONTENT');
    utimesSync(file, 1, 1);
    expect(await factsOf(recipe('a'))).not.toBe(before);
  });

  it('differ by the base', async () => {
    expect(await factsOf(recipe('a', { base: 'node:24' }))).not.toBe(await factsOf(recipe('a')));
  });
});
