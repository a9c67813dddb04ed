import { createPublicKey, hash, type KeyObject } from 'node:crypto';

/** Ed25519, as the first byte of a key's data says it. */
const ED25519 = 0x01;
const KEY_BYTES = 32;
const NAME = /^[^\s+\p{Cc}]+$/u;
const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

/** A public key that notes are verified by (C2SP signed-note). */
export interface NoteKey {
  name: string;
  /** Four bytes that a signature names its key by. */
  id: Buffer;
  /** 32 bytes, Ed25519. */
  publicKey: Buffer;
}

/** Whether a key, and with it a log, may have this name. */
export function isKeyName(name: string): boolean {
  return NAME.test(name) && name.isWellFormed();
}

export function noteKey(name: string, publicKey: Buffer): NoteKey {
  return { name, publicKey, id: keyId(name, publicKey) };
}

/** `<name>+<id in hex>+<base64>`, as tools of transparency logs exchange it. */
export function formatNoteKey({ name, id, publicKey }: NoteKey): string {
  const data = Buffer.concat([Buffer.of(ED25519), publicKey]);
  return `${name}+${id.toString('hex')}+${data.toString('base64')}`;
}

/** @returns undefined for what is no Ed25519 verifier key, or one whose id is not its own */
export function parseNoteKey(text: string): NoteKey | undefined {
  const [, name = '', id, base64 = ''] = VERIFIER_KEY.exec(text) ?? [];
  const data = Buffer.from(base64, 'base64');
  if (!isKeyName(name) || data.length !== 1 + KEY_BYTES || data[0] !== ED25519) return undefined;
  const key = noteKey(name, data.subarray(1));
  return key.id.toString('hex') === id ? key : undefined;
}

/** For Node's own verification. */
export function keyObjectOf({ publicKey }: NoteKey): KeyObject {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function keyId(name: string, publicKey: Buffer): Buffer {
  const data = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]);
  return hash('sha256', data, 'buffer').subarray(0, 4);
}
