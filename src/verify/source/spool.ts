import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FintechError, messageOf } from '../../kernel/errors.ts';

/** Bytes that come once, made readable again. */
export interface Spool extends AsyncDisposable {
  open(): AsyncIterable<Uint8Array>;
}

/**
 * The first pass hands the bytes through and keeps a copy in a 0600 file of a private folder; later
 * passes read the copy. Disposing deletes it.
 */
export function spooled(bytes: AsyncIterable<Uint8Array>): Spool {
  let folder: string | undefined;
  async function* firstPass(): AsyncGenerator<Uint8Array> {
    folder = await mkdtemp(join(tmpdir(), 'fintech-verify-')).catch(refuse);
    await using file = await open(join(folder, 'spool'), 'wx', 0o600).catch(refuse);
    for await (const chunk of bytes) {
      await file.appendFile(chunk).catch(refuse);
      yield chunk;
    }
  }
  return {
    open: () =>
      folder === undefined
        ? firstPass()
        : (createReadStream(join(folder, 'spool')) as AsyncIterable<Buffer>),
    [Symbol.asyncDispose]: async () => {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function refuse(error: unknown): never {
  throw new FintechError('VERIFY_SOURCE', `cannot keep a copy of the input: ${messageOf(error)}`, {
    hint: 'Free space in the temporary folder, or verify a file instead of a pipe.',
    cause: error,
  });
}
