import { readdir, readFile, readlink } from 'node:fs/promises';
import { printable } from '../../kernel/printable.ts';

const TCP_LISTEN = '0A';

/** Longest name of a process, in characters. */
const MAX_NAME = 80;

/**
 * Names the process that listens on a local TCP port, by the start of its command line:
 * `node services/x/main.ts (pid 4711)`. It is `another process` where the system does not tell.
 */
export async function portHolder(port: number): Promise<string> {
  const holder = process.platform === 'linux' ? await fromProc(port) : await fromLsof(port);
  return holder ?? 'another process';
}

async function fromProc(port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of listeningInodes(await readFile(table, 'utf8').catch(() => ''), port)) {
      inodes.add(`socket:[${inode}]`);
    }
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsSocket(pid, inodes)) {
      return holderOf(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''), pid);
    }
  }
  return undefined;
}

/** Socket inodes of `/proc/net/tcp` lines that listen on the port; see proc(5). */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) === true && state === TCP_LISTEN)
    .map((fields) => fields[9] ?? '');
}

async function holdsSocket(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}

async function fromLsof(port: number): Promise<string | undefined> {
  const { execa } = await import('execa');
  const { stdout } = await execa('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    reject: false,
    timeout: 2000,
  });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : holderOf(name ?? '', pid);
}

/** @param command words separated by NUL, as in proc(5); the folder of the first is left out */
export function holderOf(command: string, pid: string): string {
  const words = command.replaceAll('\0', ' ').trim();
  const name = printable(words.replace(/^\S*\//, ''));
  const short = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1).toWellFormed()}…` : name;
  return `${short || 'a process'} (pid ${pid})`;
}
