import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkpointText, parseCheckpoint } from './checkpoint.ts';
import { formatNoteKey, noteKey, parseNoteKey } from './note-key.ts';
import { openNote, writeNote } from './signed-note.ts';

const NAME = 'acme-pay/ledger';
const TEXT = `${NAME}\n7\n${Buffer.alloc(32, 7).toString('base64')}\n`;

function signer(name = NAME) {
  const pair = generateKeyPairSync('ed25519');
  const { x = '' } = pair.publicKey.export({ format: 'jwk' });
  const key = noteKey(name, Buffer.from(x, 'base64url'));
  return { pair, key, note: writeNote(TEXT, key, (bytes) => sign(null, bytes, pair.privateKey)) };
}

test('a note is its text, a blank line and one signature over the text, after the id of its key', () => {
  const { pair, key, note } = signer();
  const [, base64 = ''] =
    /^acme-pay\/ledger\n7\n.{44}\n\n\u2014 acme-pay\/ledger (\S+)\n$/.exec(note) ?? [];
  const signature = Buffer.from(base64, 'base64');
  const id = createHash('sha256').update(`${NAME}\n\u0001`).update(key.publicKey).digest();
  expect(signature.subarray(0, 4)).toEqual(id.subarray(0, 4));
  expect(verify(null, Buffer.from(TEXT), pair.publicKey, signature.subarray(4))).toBe(true);
  expect(openNote(note, key)).toEqual({ ok: true, text: TEXT });
});

test("witnesses' signatures around ours are passed over", () => {
  const [ours, witness] = [signer(), signer('witness.example')];
  const line = witness.note.slice(TEXT.length + 1);
  const both = ours.note.replace('\n\n', `\n\n${line}`) + line;
  expect(openNote(both, ours.key)).toMatchObject({ ok: true });
});

test.each([
  ['unsigned', (note: string) => note.slice(0, note.indexOf('\n\n') + 1), 'it is not signed'],
  [
    'without signature lines',
    (note: string) => note.slice(0, note.indexOf('\u2014')),
    'not signed',
  ],
  ['cut off in its signature', (note: string) => note.slice(0, -1), 'it is not signed'],
  ['of another size', (note: string) => note.replace('\n7\n', '\n8\n'), 'its signature is wrong'],
  ['of another root', (note: string) => note.replace('Bwc', 'Bwd'), 'its signature is wrong'],
  ['signed by a hyphen', (note: string) => note.replace('\u2014', '-'), 'a signature line is none'],
  ['with a NUL', (note: string) => `\0${note}`, 'it holds control characters'],
  ['empty', () => '', 'it is not signed'],
  [
    'signed too often',
    (note: string) => note + '\u2014 w AAAAAAAA\n'.repeat(100),
    'more than 100 signatures',
  ],
])('a note %s is refused and says why', (_, change, why) => {
  const { key, note } = signer();
  const reading = openNote(change(note), key);
  expect(reading).toMatchObject({ ok: false, why: expect.stringContaining(why) as string });
});

test('a note by another key, or by the same key under another name, is refused', () => {
  const [ours, other] = [signer(), signer()];
  expect(openNote(other.note, ours.key)).toMatchObject({ ok: false });
  expect(openNote(ours.note, noteKey('other', ours.key.publicKey))).toEqual({
    ok: false,
    why: expect.stringMatching(
      /^it is signed by another key \(acme-pay\/ledger\), not by other\+/,
    ) as string,
  });
});

test('a verifier key comes back as it was written, and one whose id does not fit is none', () => {
  const { key } = signer();
  const text = formatNoteKey(key);
  expect(text).toMatch(/^acme-pay\/ledger\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
  expect(parseNoteKey(text)).toEqual(key);
  const renamed = text.replace('acme-pay', 'acme-bay');
  for (const bad of ['', 'a+b', renamed, text.slice(0, -4), text.replace('+', ' +')]) {
    expect(parseNoteKey(bad), bad).toBeUndefined();
  }
});

test('a checkpoint comes back as it was written; lines behind it are others', () => {
  const checkpoint = parseCheckpoint(TEXT);
  expect(checkpoint && checkpointText(checkpoint)).toBe(TEXT);
  expect(parseCheckpoint(`${TEXT}timestamp 1\n`)).toEqual(checkpoint);
});

test.each([
  TEXT.replace('\n7\n', '\n07\n'),
  TEXT.replace('\n7\n', '\n-7\n'),
  TEXT.replace('\n7\n', '\n9999999999999999\n'),
  TEXT.replace('Bwc', 'Bw'),
  TEXT.slice(0, -1),
  `${TEXT}\n`,
  `\n${TEXT}`,
  '',
])('%j is no checkpoint', (text) => {
  expect(parseCheckpoint(text)).toBeUndefined();
});
