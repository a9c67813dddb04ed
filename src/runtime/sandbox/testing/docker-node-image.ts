import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type Docker from 'dockerode';

/**
 * Makes an image that holds nothing but this test's Node and the libraries it loads, at their very
 * paths: what a test needs to run a container where no image can be pulled.
 */
export async function importNodeImage(docker: Docker, tag: string): Promise<void> {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const node = realpathSync(process.execPath);
  // What is no path is the kernel's own (vdso).
  const libraries = sharedObjects.filter((name) => name.startsWith('/'));
  const naming = ['--absolute-names', '--dereference', `--transform=s,^${node}$,/bin/node,`];
  const tar = spawn('tar', ['--create', ...naming, node, ...libraries], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const progress = await docker.importImage(tar.stdout, { repo: tag });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}
