import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** Who identity runs as. */
const OWNER = { uid: 65_532, gid: 65_532 };
const FOLDER = 'keys';

/**
 * The signing keys of a project as an archive for identity's `/data`, readable by it alone. It adds
 * to those that are there, which a running identity reads meanwhile.
 */
export function keyArchive(keysFolder: string): Promise<Buffer> {
  return archiveOf(keysFolder, { replace: false });
}

/** The same for an identity that does not run yet: keys of earlier starts go, and with them all trust in them. */
export function wholeKeyArchive(keysFolder: string): Promise<Buffer> {
  return archiveOf(keysFolder, { replace: true });
}

async function archiveOf(keysFolder: string, { replace }: { replace: boolean }): Promise<Buffer> {
  const archive = pack();
  // An archive cannot delete. But a file takes the place of a folder, and a folder that of a file.
  if (replace) archive.entry({ name: FOLDER, mode: 0o600, ...OWNER }, '');
  archive.entry({ name: FOLDER, type: 'directory', mode: 0o700, ...OWNER });
  const files = (await readdir(keysFolder)).filter((name) => name.endsWith('.jwk.json'));
  for (const name of files) {
    const key = await readFile(join(keysFolder, name));
    archive.entry({ name: `${FOLDER}/${name}`, mode: 0o600, ...OWNER }, key);
  }
  archive.finalize();
  return buffer(archive);
}
