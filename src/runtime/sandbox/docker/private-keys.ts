import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** Who identity runs as. */
const OWNER = { uid: 65_532, gid: 65_532 };
const FOLDER = 'keys';

/** The signing keys of a project as an archive for identity's `/data`, readable by it alone. */
export async function keyArchive(keysFolder: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: FOLDER, type: 'directory', mode: 0o700, ...OWNER });
  const files = (await readdir(keysFolder)).filter((name) => name.endsWith('.jwk.json'));
  for (const name of files) {
    const key = await readFile(join(keysFolder, name));
    archive.entry({ name: `${FOLDER}/${name}`, mode: 0o600, ...OWNER }, key);
  }
  archive.finalize();
  return buffer(archive);
}
