import { FintechError } from '../../kernel/errors.ts';
import { gunzip } from './gunzip.ts';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * The bytes as text: gzip is recognised by its first bytes, whatever the file is called, so that it
 * works for standard input too.
 * @throws FintechError VERIFY_SOURCE for a truncated or damaged gzip, zstd, or UTF-16
 */
export async function* decompressed(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const peeked = await peek(chunks, ZSTD_MAGIC.length);
  refuseForeign(name, peeked.head);
  if (startsWith(peeked.head, GZIP_MAGIC)) yield* gunzip(name, peeked.all);
  else yield* peeked.all;
}

function refuseForeign(name: string, head: Buffer): void {
  if (startsWith(head, ZSTD_MAGIC)) {
    throw new FintechError('VERIFY_SOURCE', `${name} is compressed with zstd (byte 0)`, {
      hint: `Decompress it first: zstd -dc ${name} | fintech verify -`,
      details: { file: name, offset: 0 },
    });
  }
  if (UTF16_MARKS.some((mark) => startsWith(head, mark))) {
    throw new FintechError('VERIFY_SOURCE', `${name} is UTF-16 (byte 0); a log is UTF-8`, {
      hint: 'Convert it: iconv -f UTF-16 -t UTF-8. PowerShell writes UTF-16 when it redirects.',
      details: { file: name, offset: 0 },
    });
  }
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

/** The first bytes, and all of them. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let have = 0;
  while (have < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    have += next.value.length;
  }
  return { head: Buffer.concat(first), all: rest(first, iterator) };
}

async function* rest(
  first: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
