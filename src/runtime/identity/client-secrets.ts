import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import {
  createPrivateFile,
  readPrivateFile,
  replacePrivateFile,
  unreadable,
} from './private-files.ts';

const FILE = 'client-secrets.key';
export const SECRET_KEY_BYTES = 32;

/** The key that the secrets of OAuth clients are derived from; made when first asked for. */
export function clientSecretKey(folder: string, random: Random): Buffer {
  const path = join(folder, FILE);
  if (readPrivateFile(path) === undefined) {
    createPrivateFile(folder, FILE, textOf(random.bytes(SECRET_KEY_BYTES)));
  }
  const key = Buffer.from(readPrivateFile(path)?.text.trim() ?? '', 'base64url');
  if (key.length !== SECRET_KEY_BYTES) {
    throw unreadable(path, `it does not hold ${SECRET_KEY_BYTES} bytes in base64url`);
  }
  return key;
}

export function replaceClientSecretKey(folder: string, key: Buffer): void {
  replacePrivateFile(folder, FILE, textOf(key));
}

export function deriveSecret(key: Buffer, clientId: string): string {
  const mac = createHmac('sha256', key).update(`client-secret:${clientId}`);
  return `sandbox_${mac.digest('base64url')}`;
}

function textOf(key: Buffer): string {
  return `${key.toString('base64url')}\n`;
}
