import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Received } from '../domain/events.ts';
import { isSignedBy } from '../signing/signature.ts';
import type { ProblemText } from './problems.ts';
import { messageHeaders } from './schemas.ts';

/** A message as it came, before anybody knows whether it is genuine. */
export interface InboundMessage {
  id: string;
  timestampS: number;
  signature: string;
  body: Buffer;
}

/** How far a sender's clock may be off, or a message be late. */
const TOLERANCE_S = 300;

/** The message in a request whose headers are as their schema wants them. */
export function readMessage(headers: IncomingHttpHeaders, body: Buffer): InboundMessage {
  const [id = '', timestamp, signature = ''] = messageHeaders.required.map((name) =>
    String(headers[name]),
  );
  return { id, timestampS: Number(timestamp), signature, body };
}

/**
 * What a message says, once it is known to be genuine, of now, and JSON.
 * @param keys of those who may have signed it
 */
export function openMessage(
  message: InboundMessage,
  { source, keys, nowMs }: { source: string; keys: readonly Buffer[]; nowMs: number },
): Received | ProblemText {
  const { id, timestampS, signature, body } = message;
  if (!isSignedBy(signature, { id, timestampS, body }, keys)) {
    return refusal(401, 'signature-invalid', 'no signature fits the message');
  }
  if (Math.abs(nowMs / 1000 - timestampS) > TOLERANCE_S) {
    return refusal(400, 'stale', 'webhook-timestamp is more than five minutes off');
  }
  const text = jsonText(body);
  if (text === undefined) {
    return refusal(400, 'malformed-json', 'the body is no JSON text in UTF-8');
  }
  const digest = createHash('sha256').update(body).digest('hex');
  const sentAt = new Date(timestampS * 1000).toISOString();
  return { source, messageId: id, sentAt, digest, body: text };
}

/** The body's text as it is, of which nothing is rounded or rewritten; undefined if it is no JSON. */
function jsonText(body: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function refusal(status: number, code: string, detail: string): ProblemText {
  return { status, code, detail };
}
