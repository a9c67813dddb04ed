import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { FintechError, hasErrnoCode } from '../../../../kernel/errors.ts';
import { librariesOf } from './image-libraries.ts';

/** One thing in an image, by its absolute path in there. */
export interface ImageEntry {
  path: string;
  /** Permission bits; a file that all may run has 0o755. */
  mode: number;
  /** Numeric owner and group. */
  owner: number;
  /** A file of this machine (symbolic links followed), a text, or neither: then it is a folder. */
  file?: string;
  text?: string;
}

/** Who all runs as, unless told: the user that distroless images call `nonroot`. */
export const NONROOT = 65_532;
/** Where the program is. Its entry: `<here>/bin/fintech.js`. */
export const PROGRAM_PATH = '/opt/fintech';
export const NODE_PATH = '/usr/local/bin/node';

/** What glibc before 2.34 loads by name when it looks up a host; found beside its `libc.so.6`. */
const NAME_SERVICE = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];
/** `sh -c` runs a service's command; scripts of npm packages start with `#!/usr/bin/env node`. */
const SHELL = ['/bin/sh', '/usr/bin/env'];

const ACCOUNTS: readonly ImageEntry[] = [
  {
    path: '/etc/passwd',
    text: `root:x:0:0:root:/:/bin/sh\nnonroot:x:${NONROOT}:${NONROOT}:nonroot:/tmp:/bin/sh\n`,
    mode: 0o644,
    owner: 0,
  },
  { path: '/etc/group', text: `root:x:0:\nnonroot:x:${NONROOT}:\n`, mode: 0o644, owner: 0 },
  // Names in /etc/hosts (`host.docker.internal`) come before those of the network.
  { path: '/etc/nsswitch.conf', text: 'hosts: files dns\n', mode: 0o644, owner: 0 },
];

/**
 * Folders of every image. An empty volume takes the owner and mode of `/data`; anyone may write
 * there because a service runs as the workspace's owner, whoever that is.
 */
export const FOLDERS: readonly ImageEntry[] = [
  { path: '/data', mode: 0o1777, owner: NONROOT },
  { path: '/workspace', mode: 0o755, owner: 0 },
];

/**
 * The program: `bin/`, `dist/` and `package.json` of the package in `programFolder`.
 * @throws FintechError SANDBOX_IMAGE_UNAVAILABLE when it was not built
 */
export async function programEntries(programFolder: string): Promise<ImageEntry[]> {
  const files = await Promise.all([
    filesIn(join(programFolder, 'bin')),
    filesIn(join(programFolder, 'dist')),
  ]);
  return [join(programFolder, 'package.json'), ...files.flat()].sort().map((file) => ({
    path: `${PROGRAM_PATH}/${relative(programFolder, file).split(sep).join('/')}`,
    file,
    mode: 0o644,
    owner: 0,
  }));
}

/** What surrounds the program in an image made from nothing: Node, a shell, what they load. */
export async function machineEntries(
  node: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ImageEntry[]> {
  const shell = SHELL.filter((path) => existsSync(path));
  const loaded = await Promise.all(
    [node, ...shell].map(async (path) => librariesOf(await realpath(path), environment)),
  );
  const libraries = withNameService(new Set(loaded.flat()));
  return [
    executable(NODE_PATH, node),
    ...[...shell, ...libraries].map((path) => executable(path, path)),
    ...ACCOUNTS,
    { path: '/tmp', mode: 0o1777, owner: 0 },
  ];
}

/**
 * The folders of these libraries in which no loader looks by itself, so that `LD_LIBRARY_PATH` must
 * name them: the image has no loader's cache.
 */
export function unusualLibraryFolders(entries: readonly ImageEntry[]): string[] {
  const folders = entries
    .map(({ path }) => path)
    .filter((path) => /\.so(?:\.|$)/.test(path))
    .map((path) => dirname(path));
  return [...new Set(folders)].filter((folder) => !USUAL.test(folder)).sort();
}

/** Such as /lib, /usr/lib64 and Debian's /lib/x86_64-linux-gnu. */
const USUAL = /^(?:\/usr)?\/lib(?:64)?(?:\/[\w-]+-linux-\w+)?$/;

function withNameService(libraries: ReadonlySet<string>): string[] {
  const libc = [...libraries].find((path) => path.endsWith('/libc.so.6'));
  const apart = libc === undefined ? [] : NAME_SERVICE.map((name) => join(dirname(libc), name));
  return [...new Set([...libraries, ...apart.filter((path) => existsSync(path))])].sort();
}

function executable(path: string, file: string): ImageEntry {
  return { path, file, mode: 0o755, owner: 0 };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (!hasErrnoCode(error, 'ENOENT')) throw error;
    throw new FintechError(
      'SANDBOX_IMAGE_UNAVAILABLE',
      `fintech is not built: ${folder} is missing`,
      {
        hint: 'Run `npm run build` in the checkout of fintech.',
        cause: error,
      },
    );
  }
}
