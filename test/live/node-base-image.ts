import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import type Docker from 'dockerode';
import { archiveOf } from '../../src/runtime/sandbox/docker/image/image-archive.ts';
import {
  type ImageEntry,
  machineEntries,
} from '../../src/runtime/sandbox/docker/image/image-content.ts';
import { librariesOf } from '../../src/runtime/sandbox/docker/image/image-libraries.ts';

/** What is built on the image inherits it; its value is the image's tag. */
export const BASE_LABEL = 'dev.fintech.test-base';

const NPM = '/usr/local/lib/node_modules/npm';
const CACHE = '/npm-cache';
/** What the Dockerfile of a service runs, besides npm. */
const TOOLS = ['/bin/mkdir', '/bin/chown'];
/** The official image has this user. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  '/etc/group': 'root:x:0:\nnode:x:1000:\n',
};

/**
 * Makes a stand-in for `node:24-slim`, which cannot be pulled everywhere: this test's Node, this
 * machine's npm, shell and tools. npm finds packages in a cache, since a build may have no network.
 * @param cache a folder of npm's cache
 */
export async function importBaseImage(
  docker: Docker,
  { repo, tag, cache }: { repo: string; tag: string; cache: string },
): Promise<void> {
  const tools = await Promise.all(
    TOOLS.map((tool) => librariesOf(realpathSync(tool), process.env)),
  );
  const npm = npmFolder();
  const entries: ImageEntry[] = [
    ...(await machineEntries(process.execPath, process.env)),
    ...[...TOOLS, ...tools.flat()].map((path) => ({ path, file: path, mode: 0o755, owner: 0 })),
    ...Object.entries(ACCOUNTS).map(([path, text]) => ({ path, text, mode: 0o644, owner: 0 })),
    ...filesOf(npm, NPM),
    ...filesOf(cache, CACHE),
    {
      path: '/usr/local/bin/npm',
      text: `#!/bin/sh\nexec node ${NPM}/bin/npm-cli.js "$@"\n`,
      mode: 0o755,
      owner: 0,
    },
  ];
  const changes = [
    `LABEL ${BASE_LABEL}=${tag}`,
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    `ENV npm_config_cache=${CACHE}`,
    'ENV npm_config_offline=true',
    'CMD ["node"]',
  ];
  const progress = await docker.importImage(archiveOf(entries), { repo, tag, changes });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}

function filesOf(folder: string, at: string): ImageEntry[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({ path: `${at}/${relative(folder, file)}`, file, mode: 0o644, owner: 0 }));
}

/** The npm that a shell would run: tests were started by it. */
function npmFolder(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error('no npm in PATH');
  return dirname(dirname(realpathSync(found)));
}
