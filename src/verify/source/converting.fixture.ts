import { FintechError } from '../../kernel/errors.ts';

type Convert = (name: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** The text that a converter makes of these bytes, given in chunks of so many. */
export async function converted(
  convert: Convert,
  bytes: string | Uint8Array,
  { chunkBytes }: { chunkBytes: number },
): Promise<string> {
  const whole = Buffer.from(bytes);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < whole.length; at += chunkBytes) yield whole.subarray(at, at + chunkBytes);
  }
  const made: Uint8Array[] = [];
  for await (const chunk of convert('file', chunks())) made.push(chunk);
  return Buffer.concat(made).toString();
}

/** What a failed conversion says; a test fails where it is no failure, or one of ours. */
export async function refusal(conversion: Promise<unknown>): Promise<string> {
  const error: unknown = await conversion.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof FintechError && error.code === 'VERIFY_SOURCE') return error.message;
  throw error;
}
