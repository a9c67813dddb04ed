import { type FileHandle, open } from 'node:fs/promises';
import { execa } from 'execa';
import { FintechError, messageOf } from '../../../../kernel/errors.ts';

/** An ELF file's header and one entry of its program header table, in bytes (System V gABI, 64 bit). */
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PT_INTERP = 3;
const MAX_PROGRAM_HEADERS = 256;
const MAX_INTERPRETER_BYTES = 4096;
const LOADER_TIMEOUT_MS = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The shared libraries a program of this machine loads, and its dynamic loader, each by the very
 * path the loader finds it at. Empty for a program that is linked statically.
 * The loader itself is asked (`--list`: glibc's and musl's know it), so its cache, its default
 * folders and the program's own RUNPATH all count. It maps the program and does not run it.
 * @throws FintechError SANDBOX_IMAGE_UNAVAILABLE when the file is no program, or lacks a library
 */
export async function librariesOf(program: string, environment: Environment): Promise<string[]> {
  const loader = await interpreterOf(program);
  if (loader === undefined) return [];
  const listing = await execa(loader, ['--list', program], {
    env: environment,
    extendEnv: false,
    timeout: LOADER_TIMEOUT_MS,
    maxBuffer: 1024 * 1024,
    reject: false,
  });
  if (listing.failed) throw unusable(program, listing.stderr || listing.shortMessage || '');
  return [...new Set([loader, ...pathsIn(listing.stdout, program)])].sort();
}

/** Reads lines such as `libm.so.6 => /lib/libm.so.6 (0x7f…)`; one without a path is the kernel's. */
function pathsIn(listing: string, program: string): string[] {
  const missing = /^\s*(\S+) => not found/m.exec(listing)?.[1];
  if (missing !== undefined) throw unusable(program, `its library ${missing} is missing`);
  return [...listing.matchAll(/^\s*(?:\S+ => )?(\/.*) \(0x[\da-f]+\)$/gm)].map(
    ([, path = '']) => path,
  );
}

/** The dynamic loader an ELF program names, undefined when it needs none. */
async function interpreterOf(program: string): Promise<string | undefined> {
  await using file = await open(program);
  const header = await read(file, 0, HEADER_BYTES);
  const isElf64 = header.byteLength === HEADER_BYTES && header.getUint32(0) === 0x7f454c46;
  if (!isElf64 || header.getUint8(4) !== 2) throw unusable(program, 'it is no 64-bit ELF program');
  const little = header.getUint8(5) === 1;
  const table = Number(header.getBigUint64(32, little));
  const count = Math.min(header.getUint16(56, little), MAX_PROGRAM_HEADERS);
  const entries = await read(file, table, count * PROGRAM_HEADER_BYTES);
  for (let at = 0; at + PROGRAM_HEADER_BYTES <= entries.byteLength; at += PROGRAM_HEADER_BYTES) {
    if (entries.getUint32(at, little) !== PT_INTERP) continue;
    const length = Number(entries.getBigUint64(at + 32, little));
    const path = await read(
      file,
      Number(entries.getBigUint64(at + 8, little)),
      Math.min(length, MAX_INTERPRETER_BYTES),
    );
    return new TextDecoder().decode(path).replace(/\0.*$/s, '');
  }
  return undefined;
}

async function read(file: FileHandle, position: number, length: number): Promise<DataView> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return new DataView(buffer.buffer, buffer.byteOffset, bytesRead);
}

function unusable(program: string, why: unknown): FintechError {
  return new FintechError(
    'SANDBOX_IMAGE_UNAVAILABLE',
    `${program} cannot go into an image: ${messageOf(why).trim()}`,
    { hint: 'Name a base image with Node 24 by sandbox.images.node in fintech.yaml.' },
  );
}
