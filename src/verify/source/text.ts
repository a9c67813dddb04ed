import { FintechError } from '../../kernel/errors.ts';

/**
 * Bytes as text, without the byte order mark.
 * @throws FintechError VERIFY_SOURCE at the first byte that is none, or for an encoding nobody knows
 */
export async function* textOf(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  encoding = 'utf-8',
): AsyncGenerator<string> {
  const decoder = decoderOf(name, encoding);
  let offset = 0;
  let before = Buffer.alloc(0);
  for await (const chunk of chunks) {
    yield decode(
      () => decoder.decode(chunk, { stream: true }),
      () => {
        const bytes = Buffer.concat([cutLetter(before), chunk]);
        return offset + chunk.length - bytes.length + validBytes(bytes, encoding);
      },
    );
    offset += chunk.length;
    before = Buffer.concat([before, chunk.subarray(-MAX_CUT_BYTES)]).subarray(-MAX_CUT_BYTES);
  }
  yield decode(
    () => decoder.decode(),
    () => offset,
  );

  function decode(work: () => string, offsetOf: () => number): string {
    try {
      return work();
    } catch (error) {
      const at = offsetOf();
      throw new FintechError('VERIFY_SOURCE', `${name} is not ${decoder.encoding} (byte ${at})`, {
        hint: 'Convert it: iconv -f WINDOWS-1252 -t UTF-8, or what it is instead.',
        details: { file: name, offset: at },
        cause: error,
      });
    }
  }
}

/** A letter of UTF-8 has at most four bytes, so at most three are left of one cut short. */
const MAX_CUT_BYTES = 3;

function decoderOf(name: string, encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (error) {
    throw new FintechError('VERIFY_SOURCE', `${name} is written in ${encoding}, which is unknown`, {
      hint: 'Convert it to UTF-8 with iconv.',
      cause: error,
    });
  }
}

/** The beginning of a letter whose rest is in the next chunk. */
function cutLetter(bytes: Buffer): Buffer {
  const start = bytes.findLastIndex((byte) => byte >= 0xc0);
  return start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start);
}

/** How many of them are text, by halves: what begins well may still go on. */
function validBytes(bytes: Buffer, encoding: string): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, middle), {
        stream: true,
      });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}
