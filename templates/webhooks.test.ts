import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { MasterKey } from './webhooks/files/service/src/signing/master-key.ts';
import { parseSecret, secretText } from './webhooks/files/service/src/signing/secret-text.ts';
import { isSignedBy, signatureHeader } from './webhooks/files/service/src/signing/signature.ts';

/** Bodies of every kind of letter, and none. */
const BODIES = [
  '{"a":1}',
  '',
  '{ "name": "Zoë € 🏦", "id": 12345678901234567890 }',
  'x'.repeat(65_536),
];

const key = new MasterKey(randomBytes(32)).secret('endpoint/e1', 1);
const other = randomBytes(32);

function headersOf(id: string, timestampS: number, signature: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signature,
  };
}

describe('the webhooks template and the reference library of Standard Webhooks', () => {
  const library = new Webhook(secretText(key));
  const timestampS = Math.floor(Date.now() / 1000);

  it.each(BODIES)('agree on the signature of %.20j', (body) => {
    const message = { id: 'msg_1', timestampS, body };
    const theirs = library.sign('msg_1', new Date(timestampS * 1000), body);
    expect(signatureHeader(message, [key])).toBe(theirs);
    expect(isSignedBy(theirs, message, [key])).toBe(true);
    expect(isSignedBy(theirs, message, [other])).toBe(false);
  });

  it('the library takes what we sign, by the old and the new secret of a rotation', () => {
    const message = { id: 'msg_2', timestampS, body: '{"a":1}' };
    const header = signatureHeader(message, [other, key]);
    for (const secret of [key, other]) {
      const verifier = new Webhook(secretText(secret));
      const headers = headersOf('msg_2', timestampS, header);
      expect(verifier.verify('{"a":1}', headers)).toEqual({ a: 1 });
      expect(() => verifier.verify('{"a":2}', headers)).toThrow('No matching signature');
    }
  });

  it('we take what the library signs with a secret of its own, and nothing else', () => {
    const text = `whsec_${randomBytes(24).toString('base64')}`;
    const theirs = parseSecret(text);
    const signature = new Webhook(text).sign('msg_3', new Date(timestampS * 1000), '{"b":2}');
    const message = { id: 'msg_3', timestampS, body: '{"b":2}' };
    expect(isSignedBy(signature, message, theirs === undefined ? [] : [theirs])).toBe(true);
    expect(isSignedBy(signature, { ...message, id: 'msg_4' }, [theirs ?? other])).toBe(false);
  });
});
