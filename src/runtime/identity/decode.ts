import { FintechError } from '../../kernel/errors.ts';
import { JsonTextError, parseJsonText } from '../../kernel/json-text.ts';

/** A token taken apart. Nothing of it was checked. */
export interface DecodedToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signatureBytes: number;
  /** What readers of the token may disagree about. */
  remarks: string[];
}

const MAX_CHARACTERS = 64 * 1024;

/** The token in what people paste: `Authorization: Bearer …`, with white space around it. */
export function bareToken(text: string): string {
  return text.trim().replace(/^(?:authorization:\s*)?(?:bearer|dpop)\s+/i, '');
}

/**
 * Decodes a compact JWS (RFC 7515 §7.1) without judging it: an empty signature is fine here.
 * @throws FintechError TOKEN_MALFORMED, which says where and quotes nothing
 */
export function decodeToken(token: string): DecodedToken {
  if (token === '') throw malformed('it is empty');
  if (token.length > MAX_CHARACTERS) throw malformed(`it is longer than ${MAX_CHARACTERS}`);
  const [header, payload, signature, ...others] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined) {
    throw malformed('a JWT has three segments joined by dots');
  }
  if (others.length === 2) throw malformed('it is encrypted (JWE, five segments)');
  if (others.length > 0) throw malformed(`it has ${others.length + 3} segments instead of three`);
  const remarks: string[] = [];
  return {
    header: decodeObject('header', header, remarks),
    claims: decodeObject('payload', payload, remarks),
    signatureBytes: decodeSegment('signature', signature).length,
    remarks,
  };
}

function decodeObject(name: string, segment: string, remarks: string[]): Record<string, unknown> {
  const value = decodeJson(name, decodeSegment(name, segment), remarks);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw malformed(`its ${name} is not a JSON object`);
}

function decodeJson(name: string, bytes: Buffer, remarks: string[]): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    remarks.push(...duplicatesIn(name, text));
    return value;
  } catch {
    throw malformed(`its ${name} is not JSON in UTF-8`);
  }
}

function duplicatesIn(name: string, text: string): string[] {
  try {
    parseJsonText(text);
    return [];
  } catch (error) {
    const isDuplicate = error instanceof JsonTextError && error.reason === 'duplicate-member';
    return isDuplicate ? [`A member of the ${name} appears twice; the last one is shown.`] : [];
  }
}

function decodeSegment(name: string, segment: string): Buffer {
  if (!/^[A-Za-z0-9_-]*$/.test(segment) || segment.length % 4 === 1) {
    throw malformed(`its ${name} is not base64url`);
  }
  return Buffer.from(segment, 'base64url');
}

function malformed(why: string): FintechError {
  return new FintechError('TOKEN_MALFORMED', `This is no token: ${why}.`, {
    hint: 'Give a JWT in compact form, such as `fintech token mint` prints.',
  });
}
