import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ImageEntry } from './image-content.ts';

/** All that makes an image what it is, but for the content of its base. */
export interface ImageRecipe {
  entries: readonly ImageEntry[];
  /** `ENV …`, `USER …`: none where the entries hold a Dockerfile. */
  settings: readonly string[];
  /** The image it stands on; undefined when it is made from nothing. */
  base: string | undefined;
}

/**
 * A fingerprint that is cheap to take: of each file only what `stat` tells. The kernel moves a
 * file's change time at every write, so the same facts mean the same content; other facts say
 * nothing, the files may have been installed anew.
 */
export async function factsOf({ entries, settings, base }: ImageRecipe): Promise<string> {
  const files = await Promise.all(
    entries.map(async ({ file }) => (file === undefined ? undefined : fileFacts(file))),
  );
  const text = JSON.stringify([base, settings, entries, files]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The hash of what the image will hold, wherever its files lie on this machine: reads them all.
 * @param baseId id of the base image
 */
export async function contentHashOf(
  { entries, settings }: ImageRecipe,
  baseId: string | undefined,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([baseId, settings]));
  for (const { path, mode, owner, text, file } of entries) {
    const content = file === undefined ? undefined : await fileHash(file);
    hash.update(JSON.stringify([path, mode, owner, text, content]));
  }
  return hash.digest('hex');
}

async function fileFacts(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
