import { FintechError } from '../../kernel/errors.ts';
import { gunzip } from './gunzip.ts';
import { peek } from './peek.ts';
import { unzstd } from './unzstd.ts';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Behind a first byte of 0x50 to 0x5f: a zstd file may begin with a frame that holds no text. */
const ZSTD_SKIPPABLE = [0x2a, 0x4d, 0x18];
const MAGIC_BYTES = 6;

/** What is known by its first bytes and is not read. */
const FOREIGN: readonly { magic: number[]; is: string; hint: string }[] = [
  ...[
    [0xff, 0xfe],
    [0xfe, 0xff],
  ].map((magic) => ({
    magic,
    is: 'UTF-16; a log is UTF-8',
    hint: 'Convert it: iconv -f UTF-16 -t UTF-8. PowerShell writes UTF-16 when it redirects.',
  })),
  {
    magic: [0x50, 0x4b, 0x03, 0x04],
    is: 'a ZIP archive',
    hint: 'Unpack it first: unzip -p <archive> <file> | fintech verify -',
  },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    is: 'compressed with xz',
    hint: 'Decompress it first: xz -dc <file> | fintech verify -',
  },
  {
    magic: [0x42, 0x5a, 0x68],
    is: 'compressed with bzip2',
    hint: 'Decompress it first: bzip2 -dc <file> | fintech verify -',
  },
  {
    magic: [0x50, 0x41, 0x52, 0x31],
    is: 'a Parquet file',
    hint: 'Write it as NDJSON or CSV first, for example with duckdb.',
  },
];

/**
 * The bytes as text: gzip and zstd are recognised by their first bytes, whatever the file is called,
 * so that they work for standard input too.
 * @throws FintechError VERIFY_SOURCE for a truncated or damaged archive, one of another kind, or UTF-16
 */
export async function* decompressed(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(chunks, ({ length }) => length >= MAGIC_BYTES);
  const foreign = FOREIGN.find(({ magic }) => startsWith(head, magic));
  if (foreign !== undefined) {
    throw new FintechError('VERIFY_SOURCE', `${name} is ${foreign.is} (byte 0)`, {
      hint: foreign.hint,
      details: { file: name, offset: 0 },
    });
  }
  if (startsWith(head, GZIP)) yield* gunzip(name, all);
  else if (isZstd(head)) yield* unzstd(name, all);
  else yield* all;
}

function startsWith(head: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}

function isZstd(head: Buffer): boolean {
  const isSkippable = (head[0] ?? 0) >> 4 === 5 && startsWith(head.subarray(1), ZSTD_SKIPPABLE);
  return isSkippable || startsWith(head, ZSTD);
}
