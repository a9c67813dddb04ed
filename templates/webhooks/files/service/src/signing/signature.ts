import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature covers: change any of it and it no longer fits. */
export interface SignedMessage {
  /** `webhook-id`; holds no full stop, so that id, time and body cannot be cut elsewhere. */
  id: string;
  /** `webhook-timestamp`, seconds since 1970. */
  timestampS: number;
  body: string | Buffer;
}

/** The value of `webhook-signature`: one signature by each key (Standard Webhooks 1.0.0). */
export function signatureHeader(message: SignedMessage, keys: readonly Buffer[]): string {
  return keys.map((key) => sign(message, key)).join(' ');
}

/** Whether one of the signatures in a header is by one of the keys. Those of other kinds never fit. */
export function isSignedBy(
  header: string,
  message: SignedMessage,
  keys: readonly Buffer[],
): boolean {
  const expected = keys.map((key) => sign(message, key));
  return header.split(' ').some((entry) => expected.some((one) => sameText(entry, one)));
}

function sign({ id, timestampS, body }: SignedMessage, key: Buffer): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestampS}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

/** In a time that does not tell where they differ. */
function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
