import { hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FEWEST_BYTES = 32;
const SECRET_BYTES = 32;
const VARIABLE = 'WEBHOOKS_MASTER_KEY';

/**
 * What every secret is derived from (HKDF-SHA256, RFC 5869), so that none has to be kept: a
 * secret is named by its owner and version, and made again where it is needed.
 */
export class MasterKey {
  /** Names this key without telling it: secrets of another key are not ours to make. */
  readonly id: string;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.id = this.#derive('key-id', 8).toString('hex');
  }

  secret(owner: string, version: number): Buffer {
    return this.#derive(`secret/${owner}/${version}`, SECRET_BYTES);
  }

  #derive(info: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#bytes, '', info, bytes));
  }
}

/**
 * The master key of the environment or, where it says none, one of this data folder, made once.
 * @throws Error when it is no base64 of at least 32 bytes; its text never tells it
 */
export function readMasterKey(
  variables: Readonly<Record<string, string | undefined>>,
  dataFolder: string,
): MasterKey {
  const given = variables[VARIABLE];
  if (given) return new MasterKey(decoded(given, VARIABLE));
  const file = join(dataFolder, 'master.key');
  return new MasterKey(decoded(readOrMake(file, dataFolder), file));
}

function readOrMake(file: string, folder: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const text = randomBytes(FEWEST_BYTES).toString('base64');
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link is made whole or not at all, and never over the key of somebody quicker.
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}

function decoded(text: string, where: string): Buffer {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64');
  const exact = /^[A-Za-z0-9+/]+={0,2}$/.test(trimmed);
  if (exact && bytes.length >= FEWEST_BYTES) return bytes;
  throw new Error(`${where} is no base64 of at least ${FEWEST_BYTES} bytes`);
}
