import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import type { ImageEntry } from './image-content.ts';

/**
 * A tar of these entries and of the folders they lie in, for Docker to read. Files are read as the
 * engine takes them; at most a few chunks are in memory.
 * A failure to read a file comes out as the stream's `error`.
 */
export function archiveOf(entries: readonly ImageEntry[]): Readable {
  const archive = pack();
  writeEntries(archive, withParents(entries)).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return Readable.from(archive, { objectMode: false });
}

async function writeEntries(archive: Pack, entries: readonly ImageEntry[]): Promise<void> {
  for (const entry of entries) {
    if (archive.destroyed) return;
    await writeEntry(archive, entry);
  }
  archive.finalize();
}

async function writeEntry(archive: Pack, entry: ImageEntry): Promise<void> {
  const header: Partial<Header> & Pick<Header, 'name'> = {
    name: entry.path.slice(1),
    mode: entry.mode,
    uid: entry.owner,
    gid: entry.owner,
    // The same content gives the same bytes.
    mtime: new Date(0),
  };
  if (entry.file !== undefined) {
    const { size } = await stat(entry.file);
    await pipeline(
      // No more than the header promises, should the file grow meanwhile.
      createReadStream(entry.file, { end: Math.max(size - 1, 0), highWaterMark: 1024 * 1024 }),
      archive.entry({ ...header, size }),
    );
    return;
  }
  const { text } = entry;
  if (text === undefined) archive.entry({ ...header, type: 'directory' });
  else archive.entry(header, text);
}

/** Docker makes a folder that an archive does not name closed to all but root. */
function withParents(entries: readonly ImageEntry[]): ImageEntry[] {
  const byPath = new Map<string, ImageEntry>();
  for (const { path } of entries) {
    const parts = path.split('/').slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = `/${parts.slice(0, depth).join('/')}`;
      byPath.set(folder, { path: folder, mode: 0o755, owner: 0 });
    }
  }
  for (const entry of entries) byPath.set(entry.path, entry);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
