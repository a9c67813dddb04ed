import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineEntries, programEntries, unusualLibraryFolders } from './image-content.ts';
import { librariesOf } from './image-libraries.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-content-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (path: string) => ({ path, file: path, mode: 0o755, owner: 0 });

describe('the program in the image', () => {
  it('is bin, dist and package.json, and nothing else of the package', async () => {
    for (const path of ['bin', 'dist/deep', 'src']) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'a.js'), '');
    }
    writeFileSync(join(folder, 'package.json'), '{}');
    const entries = await programEntries(folder);
    expect(entries.map(({ path }) => path)).toEqual([
      '/opt/fintech/bin/a.js',
      '/opt/fintech/dist/deep/a.js',
      '/opt/fintech/package.json',
    ]);
  });

  it('is asked for where it was not built', async () => {
    mkdirSync(join(folder, 'bin'));
    await expect(programEntries(folder)).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      message: `fintech is not built: ${join(folder, 'dist')} is missing`,
    });
  });
});

describe.runIf(process.platform === 'linux')('this machine in the image', () => {
  it('is Node with all it has loaded by now, each by the path it was found at', async () => {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    const libraries = await librariesOf(process.execPath, process.env);
    // What is no path is the kernel's own; test tools may have loaded native modules.
    const loaded = sharedObjects.filter((path) => path.startsWith('/') && !path.endsWith('.node'));
    expect(libraries).toEqual(expect.arrayContaining(loaded));
  });

  it('is a shell and env too, with folders that all may write to, and the accounts', async () => {
    const entries = await machineEntries(process.execPath, process.env);
    const modes = Object.fromEntries(entries.map(({ path, mode }) => [path, mode.toString(8)]));
    expect(modes).toMatchObject({
      '/usr/local/bin/node': '755',
      '/bin/sh': '755',
      '/tmp': '1777',
      '/etc/passwd': '644',
      '/etc/nsswitch.conf': '644',
    });
  });

  it('is refused where Node is a script that starts another', async () => {
    const wrapper = join(folder, 'node');
    writeFileSync(wrapper, '#!/bin/sh\nexec node "$@"\n');
    await expect(librariesOf(wrapper, process.env)).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      message: `${wrapper} cannot go into an image: it is no 64-bit ELF program`,
    });
  });

  it('is refused where the program is cut short', async () => {
    const stump = join(folder, 'node');
    writeFileSync(stump, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
    await expect(librariesOf(stump, process.env)).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
    });
  });
});

describe('folders of libraries', () => {
  it('need no mention where every loader looks', () => {
    const usual = ['/lib/libc.so.6', '/lib64/ld-linux.so.2', '/usr/lib/x86_64-linux-gnu/libm.so.6'];
    expect(unusualLibraryFolders(usual.map(file))).toEqual([]);
  });

  it('are named elsewhere, once each', () => {
    const elsewhere = ['/opt/x/libb.so', '/nix/store/h-glibc/lib/libc.so.6', '/opt/x/liba.so.1'];
    expect(unusualLibraryFolders([...elsewhere, '/opt/y/node'].map(file))).toEqual([
      '/nix/store/h-glibc/lib',
      '/opt/x',
    ]);
  });
});
