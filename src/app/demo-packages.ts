import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a scaffolded service runs on; the program depends on the same, so they are at hand. */
const PACKAGES = ['fastify', 'jose', 'undici'] as const;

/** Gives a workspace the program's own packages instead of an installation, so it needs no network. */
export async function linkPackages(root: string): Promise<void> {
  const modules = join(root, 'node_modules');
  await mkdir(modules);
  for (const name of PACKAGES) await symlink(folderOf(name), join(modules, name), 'dir');
}

/** The folder of an installed package: the nearest one above its entry that bears its name. */
function folderOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const holder = dirname(folder);
    if (folder === join(holder, name) && existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`the package ${name} has no folder`);
}
