import { readFileSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** What a scaffolded service runs on; the program depends on the same, so they are at hand. */
const PACKAGES = ['fastify', 'jose', 'undici'] as const;
/** Beside the packages that a service names, hidden from it as pnpm hides its own. */
const STORE = '.packages';
/** What no program loads, and packages inside a package, which are copied by themselves. */
const LEFT_OUT = /[\\/]node_modules$|\.(?:md|map|[cm]?ts)$/;

/** Gives a workspace the program's own packages instead of an installation, so it needs no network. */
export async function linkPackages(root: string): Promise<void> {
  const modules = join(root, 'node_modules');
  await mkdir(modules);
  for (const name of PACKAGES) {
    await symlink(folderOf(name, import.meta.url), join(modules, name), 'dir');
  }
}

/**
 * The same as real files with all they depend on: a container mounts the workspace's
 * `node_modules` alone, and a link out of it leads nowhere. However the program was installed, each
 * package finds the very versions it finds there.
 */
export async function copyPackages(root: string): Promise<void> {
  const modules = join(root, 'node_modules');
  const places = new Map<string, string>();
  const copies: Promise<void>[] = [];
  /** @returns where the copy of a package is, or will be */
  const take = async (name: string, from: string): Promise<string> => {
    const folder = folderOf(name, from);
    const taken = places.get(folder);
    if (taken !== undefined) return taken;
    const siblings = join(modules, STORE, String(places.size), 'node_modules');
    const place = join(siblings, name);
    places.set(folder, place);
    copies.push(copyPackage(folder, place));
    for (const need of dependenciesOf(folder)) {
      await link(await take(need, join(folder, 'package.json')), join(siblings, need));
    }
    return place;
  };
  for (const name of PACKAGES) {
    await link(await take(name, import.meta.url), join(modules, name));
  }
  await Promise.all(copies);
}

async function copyPackage(folder: string, place: string): Promise<void> {
  const filter = (path: string) => path === folder || !LEFT_OUT.test(path);
  await cp(folder, place, { recursive: true, filter });
}

/** A relative link, since the folder has another path inside a container. */
async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), target), path, 'dir');
}

/** The folder of a package as Node finds it from a file. */
function folderOf(name: string, from: string): string {
  const manifest = findPackageJSON(name, from);
  if (manifest === undefined) throw new Error(`the package ${name} is not installed`);
  return dirname(manifest);
}

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies);
}
