import { verify } from 'node:crypto';
import { keyObjectOf, type NoteKey } from './note-key.ts';

const SIGNATURE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const KEY_ID_BYTES = 4;
/** As many as the tools of transparency logs read. */
const MAX_SIGNATURES = 100;

export type NoteReading = { ok: true; text: string } | { ok: false; why: string };

/** Signs a note's text, which ends in a line feed. */
export function writeNote(
  text: string,
  { name, id }: NoteKey,
  sign: (bytes: Buffer) => Buffer,
): string {
  const signature = Buffer.concat([id, sign(Buffer.from(text))]);
  return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`;
}

/**
 * Opens a signed note (C2SP signed-note): its text, once a signature by this key was verified.
 * Signatures by other keys, such as those of witnesses, are passed over.
 */
export function openNote(note: string, key: NoteKey): NoteReading {
  // oxlint-disable-next-line no-control-regex -- the characters a note must not hold
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) return no('it holds control characters');
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split('\n');
  if (end === -1 || lines.pop() !== '' || lines.length === 0) return no('it is not signed');
  if (lines.length > MAX_SIGNATURES) return no(`it has more than ${MAX_SIGNATURES} signatures`);
  const signatures = lines.map((line) => SIGNATURE.exec(line));
  if (signatures.includes(null)) return no('a signature line is none');
  const ours = signatures.find((match) => match?.[1] === key.name && idOf(match).equals(key.id));
  if (ours === undefined || ours === null) {
    const by = signatures.map((match) => match?.[1]).join(', ');
    return no(`it is signed by another key (${by}), not by ${key.name}+${key.id.toString('hex')}`);
  }
  const signature = Buffer.from(ours[2] ?? '', 'base64').subarray(KEY_ID_BYTES);
  if (!verify(null, Buffer.from(text), keyObjectOf(key), signature)) {
    return no('its signature is wrong: it was changed after it was signed');
  }
  return { ok: true, text };
}

function idOf([, , signature = '']: RegExpExecArray): Buffer {
  return Buffer.from(signature, 'base64').subarray(0, KEY_ID_BYTES);
}

function no(why: string): NoteReading {
  return { ok: false, why };
}
