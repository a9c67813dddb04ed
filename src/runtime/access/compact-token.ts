import { JsonTextError, parseJsonText } from '../../kernel/json-text.ts';
import type { RefusalReason } from './contract.ts';

const MAX_TOKEN_BYTES = 8192;
const SEGMENT = /^[A-Za-z0-9_-]+$/;
// BOM kept, so that JSON refuses it (RFC 8259 §8.1).
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type JsonObject = Record<string, unknown>;

/** A compact JWS whose form is right (RFC 7515 §7.1, RFC 7519 §7.2). Nothing of it is trusted yet. */
export type DecodedToken =
  | { ok: true; header: JsonObject; payload: JsonObject }
  | { ok: false; reason: RefusalReason };

/** Takes a token apart: three canonical base64url segments, two of them JSON objects, no duplicates. */
export function decodeCompactToken(token: string): DecodedToken {
  if (token === '') return { ok: false, reason: 'missing' };
  if (token.length > MAX_TOKEN_BYTES) return { ok: false, reason: 'too-large' };
  const segments = token.split('.', 4);
  const [header = '', payload = '', signature = ''] = segments;
  if (segments.length !== 3 || !header || !payload || !signature) {
    return { ok: false, reason: 'structure' };
  }
  if (!segments.every(isCanonical)) return { ok: false, reason: 'encoding' };
  const headerObject = objectOf(header);
  if (headerObject === 'duplicate') return { ok: false, reason: 'duplicate-member' };
  if (headerObject === 'malformed') return { ok: false, reason: 'header' };
  const payloadObject = objectOf(payload);
  if (payloadObject === 'duplicate') return { ok: false, reason: 'duplicate-member' };
  if (payloadObject === 'malformed') return { ok: false, reason: 'claims-format' };
  return { ok: true, header: headerObject, payload: payloadObject };
}

/** RFC 4648 §3.5: one text per value, so the unused bits of the last character are zero. */
function isCanonical(segment: string): boolean {
  return (
    SEGMENT.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment
  );
}

function objectOf(segment: string): JsonObject | 'duplicate' | 'malformed' {
  try {
    const text = utf8.decode(Buffer.from(segment, 'base64url'));
    if (parseJsonText(text).kind !== 'object') return 'malformed';
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    const duplicate = error instanceof JsonTextError && error.reason === 'duplicate-member';
    return duplicate ? 'duplicate' : 'malformed';
  }
}
