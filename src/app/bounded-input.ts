import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Context } from './context.ts';

/**
 * The text of a file, or of stdin for `-`.
 * @throws Error when it is larger than `maxBytes`, and the system's where it cannot be read
 */
export async function readBounded(
  { cwd, stdin }: Context,
  source: string,
  maxBytes: number,
): Promise<string> {
  const stream: AsyncIterable<Uint8Array> =
    source === '-' ? stdin : createReadStream(resolve(cwd, source));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
