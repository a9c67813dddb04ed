import type { Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrnoCode } from '../kernel/errors.ts';
import type { Present } from './plan.ts';
import { TEMPLATE_LIMITS } from './limits.ts';

/**
 * What stands at each of these paths below a root now.
 * @param maxBytes a larger file is in the way, whatever it holds
 */
export async function presentFiles(
  root: string,
  paths: readonly string[],
  maxBytes: number = TEMPLATE_LIMITS.fileBytes,
): Promise<ReadonlyMap<string, Present>> {
  return new Map(
    await Promise.all(
      paths.map(async (path): Promise<[string, Present]> => {
        return [path, await presentAt(root, path, maxBytes)];
      }),
    ),
  );
}

/** Links are in the way, folders on the path included: what is written goes where it says. */
async function presentAt(root: string, path: string, maxBytes: number): Promise<Present> {
  const steps = path.split('/');
  for (let depth = 1; depth <= steps.length; depth++) {
    const place = join(root, ...steps.slice(0, depth));
    const found = await statIfThere(place);
    if (found === undefined) return { kind: 'nothing' };
    if (depth < steps.length && !found.isDirectory()) return { kind: 'blocked' };
    if (depth === steps.length && !found.isFile()) return { kind: 'blocked' };
    // Larger than anything that is to be written: other content for certain.
    if (depth === steps.length && found.size > maxBytes) return { kind: 'blocked' };
  }
  return { kind: 'file', content: await readFile(join(root, path)) };
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT') || hasErrnoCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
