import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveOf } from './image-archive.ts';
import type { ImageEntry } from './image-content.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const root = { mode: 0o644, owner: 0 };

async function unpacked(entries: readonly ImageEntry[]): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of archiveOf(entries).pipe(extract())) {
    const { name, mode, uid, type } = entry.header;
    found.push(`${type} ${name} ${mode.toString(8)} ${uid} ${await text(entry)}`.trimEnd());
  }
  return found;
}

describe('the archive of an image', () => {
  it('has the folders of its files, open to all, before what lies in them', async () => {
    writeFileSync(join(folder, 'x'), 'from disk');
    const entries = [
      { path: '/opt/a/x', file: join(folder, 'x'), ...root },
      { path: '/opt/a/empty', text: '', ...root },
      { path: '/opt/b', text: 'text', ...root },
    ];
    expect(await unpacked(entries)).toEqual([
      'directory opt 755 0',
      'directory opt/a 755 0',
      'file opt/a/empty 644 0',
      'file opt/a/x 644 0 from disk',
      'file opt/b 644 0 text',
    ]);
  });

  it('keeps the mode and owner of a folder that is named', async () => {
    const data = { path: '/data', mode: 0o1777, owner: 65_532 };
    expect(await unpacked([data, { path: '/data/x', text: '', ...root }])).toEqual([
      'directory data 1777 65532',
      'file data/x 644 0',
    ]);
  });

  it('holds an empty file of this machine', async () => {
    writeFileSync(join(folder, 'empty'), '');
    expect(await unpacked([{ path: '/e', file: join(folder, 'empty'), ...root }])).toEqual([
      'file e 644 0',
    ]);
  });

  it('fails as a stream when a file is gone', async () => {
    const archive = archiveOf([{ path: '/x', file: join(folder, 'gone'), ...root }]);
    await expect(text(archive)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
