import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import {
  createPrivateFile,
  ensurePrivateFolder,
  readPrivateFile,
  unreadable,
} from './private-files.ts';

/** The key that this project signs checkpoints of its logs with. */
export interface CheckpointKey {
  /** 32 bytes, Ed25519. */
  publicKey: Buffer;
  sign(bytes: Buffer): Buffer;
}

/** Not a JWK beside the others: identity has no use for it, and must not be handed it. */
const FILE = 'checkpoint.pem';

/**
 * Opens the checkpoint key (0600) of a keys folder.
 * @param create makes it where there is none; else that is undefined
 * @throws FintechError KEYS_UNREADABLE
 */
export function openCheckpointKey(folder: string, options: { create: true }): CheckpointKey;
export function openCheckpointKey(
  folder: string,
  options: { create: boolean },
): CheckpointKey | undefined;
export function openCheckpointKey(
  folder: string,
  { create }: { create: boolean },
): CheckpointKey | undefined {
  const path = join(folder, FILE);
  if (create && readPrivateFile(path) === undefined) createKey(folder);
  const text = readPrivateFile(path)?.text;
  if (text === undefined && !create) return undefined;
  const privateKey = importKey(text ?? '');
  const { x } = privateKey ? createPublicKey(privateKey).export({ format: 'jwk' }) : {};
  if (privateKey?.asymmetricKeyType !== 'ed25519' || x === undefined) {
    throw unreadable(path, 'it holds no Ed25519 key');
  }
  return {
    publicKey: Buffer.from(x, 'base64url'),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

function createKey(folder: string): void {
  ensurePrivateFolder(folder);
  const { privateKey } = generateKeyPairSync('ed25519');
  createPrivateFile(folder, FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** The parser's own message might quote the key, so it is dropped. */
function importKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
