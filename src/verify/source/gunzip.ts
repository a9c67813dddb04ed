import { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { FintechError } from '../../kernel/errors.ts';
import { archiveError } from './archive-error.ts';

/**
 * The text of a gzip file: members joined, zero bytes behind the last one passed over as padding.
 * @throws FintechError VERIFY_SOURCE where it is cut off, damaged, or goes on behind its padding
 */
export async function* gunzip(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip();
  using feed = new Feed(chunks, unzip);
  let textBytes = 0;
  try {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      textBytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw archiveError({ name, format: 'gzip', textBytes, error });
  }
  const leftOver = await feed.firstLeftOver();
  if (leftOver !== undefined) throw goesOn(name, leftOver);
}

/** Feeds a decompressor and knows what it did not take: at a zero byte it ends without a word. */
class Feed implements Disposable {
  readonly #source: Readable;
  readonly #unzip: Gunzip;
  /** Chunks that may not be taken yet. */
  #recent: { offset: number; bytes: Uint8Array }[] = [];
  #fedBytes = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, unzip: Gunzip) {
    this.#source = Readable.from(chunks, { objectMode: false });
    this.#unzip = unzip;
    this.#source.on('error', (error) => unzip.destroy(error));
    this.#source.on('data', this.#keep);
    this.#source.pipe(unzip);
  }

  /** Offset of the first byte behind the text that is no padding; undefined where there is none. */
  async firstLeftOver(): Promise<number | undefined> {
    this.#source.unpipe(this.#unzip).off('data', this.#keep);
    const taken = this.#unzip.bytesWritten;
    for (const { offset, bytes } of this.#recent) {
      const found = bytes.findIndex((byte, index) => offset + index >= taken && byte !== 0);
      if (found !== -1) return offset + found;
    }
    let offset = this.#fedBytes;
    for await (const bytes of this.#source as AsyncIterable<Uint8Array>) {
      const found = bytes.findIndex((byte) => byte !== 0);
      if (found !== -1) return offset + found;
      offset += bytes.length;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#source.destroy();
    this.#unzip.destroy();
  }

  readonly #keep = (bytes: Uint8Array): void => {
    const taken = this.#unzip.bytesWritten;
    this.#recent = this.#recent.filter((chunk) => chunk.offset + chunk.bytes.length > taken);
    this.#recent.push({ offset: this.#fedBytes, bytes });
    this.#fedBytes += bytes.length;
  };
}

function goesOn(name: string, offset: number): FintechError {
  return new FintechError(
    'VERIFY_SOURCE',
    `${name}: the gzip data ends in zero bytes, but at byte ${offset} there is more`,
    {
      hint: 'Copy or download the file again, or decompress its parts one by one.',
      details: { file: name, offset },
    },
  );
}
