import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { ByteReader, BytesEndError } from './byte-reader.ts';
import { archiveError } from './archive-error.ts';

const FRAME_MAGIC = 0xfd2fb528;
/** Sixteen magic numbers begin a frame that holds no text. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const RUN_LENGTH_BLOCK = 1;

/**
 * The text of a zstd file: frames joined, skippable ones passed over (RFC 8878 §3). Node's own
 * decompressor drops what follows the first frame without a word, so each gets one of its own, and
 * their ends are found here.
 * @throws FintechError VERIFY_SOURCE where it is cut off, damaged, or followed by something else
 */
export async function* unzstd(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  await using bytes = new ByteReader(chunks);
  let textBytes = 0;
  try {
    while (!(await bytes.isAtEnd())) {
      const start = bytes.offset;
      const magic = await bytes.take(4);
      if (isSkippable(magic)) await skip(bytes);
      else if (magic.readUInt32LE() !== FRAME_MAGIC) throw new Error(`no frame at byte ${start}`);
      else {
        for await (const text of decompressed(frame(magic, bytes))) {
          textBytes += text.length;
          yield text;
        }
      }
    }
  } catch (error) {
    throw archiveError({ name, format: 'zstd', textBytes, error: shortened(error) });
  }
}

/** The bytes of one frame: its header, its blocks, its checksum. */
async function* frame(magic: Buffer, bytes: ByteReader): AsyncGenerator<Buffer> {
  yield magic;
  const descriptor = await bytes.take(1);
  const flags = descriptor.readUInt8();
  yield descriptor;
  yield* bytes.pass(headerBytes(flags));
  for (let isLast = false; !isLast;) {
    const header = await bytes.take(3);
    const block = header.readUIntLE(0, 3);
    isLast = (block & 1) === 1;
    yield header;
    yield* bytes.pass(((block >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : block >> 3);
  }
  const hasChecksum = (flags & 0b100) !== 0;
  if (hasChecksum) yield* bytes.pass(4);
}

/** What follows the descriptor: window, dictionary id, size of the content. */
function headerBytes(flags: number): number {
  const isSingleSegment = (flags & 0b10_0000) !== 0;
  const dictionaryId = [0, 1, 2, 4][flags & 0b11] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}

async function* decompressed(frameBytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(frameBytes, { objectMode: false });
  const unzip = createZstdDecompress();
  source.on('error', (error) => unzip.destroy(error));
  source.pipe(unzip);
  try {
    yield* unzip as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

function isSkippable(magic: Buffer): boolean {
  return (magic.readUInt32LE() & ~0xf) === SKIPPABLE_MAGIC;
}

async function skip(bytes: ByteReader): Promise<void> {
  const size = (await bytes.take(4)).readUInt32LE();
  for await (const _ of bytes.pass(size));
}

function shortened(error: unknown): unknown {
  return error instanceof BytesEndError
    ? new Error('unexpected end of file', { cause: error })
    : error;
}
