import { isUtf8 } from 'node:buffer';
import { type JsonNode, JsonTextError, parseJsonText } from '../../kernel/json-text.ts';
import type { DamageFact } from '../facts.ts';

export type LineReading =
  | { ok: true; node: JsonNode; loneSurrogate: { text: string; offset: number } | undefined }
  | { ok: false; fault: DamageFact['fault']; message: string; offset: number };

const REPLACEMENT = Buffer.from('\ufffd');

/**
 * Reads one line as strictly as RFC 8259 and a UTF-8 decoder would; digits of numbers survive.
 * @returns the object, or what is wrong with it, `offset` bytes into the line
 */
export function readLine(bytes: Buffer): LineReading {
  if (!isUtf8(bytes)) {
    const offset = firstInvalidByte(bytes);
    return {
      ok: false,
      fault: 'not-utf8',
      message: `byte 0x${hex(bytes[offset])} is no UTF-8`,
      offset,
    };
  }
  const text = bytes.toString('utf8');
  try {
    const node = parseJsonText(text);
    if (node.kind === 'object') return { ok: true, node, loneSurrogate: loneSurrogate(text) };
    return {
      ok: false,
      fault: 'not-an-object',
      message: `a JSON ${node.kind}, not an object`,
      offset: 0,
    };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const offset = Buffer.byteLength(text.slice(0, error.offset));
    return { ok: false, fault: error.reason, message: sentenceOf(error), offset };
  }
}

/** An escape, or a pair of them that is one letter; group 1: half of a pair without the other. */
const ESCAPE =
  /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(\\u[dD][89a-fA-F][\da-fA-F]{2})|\\./g;

/** Half of a letter, which valid JSON may hold and no text can (RFC 8259 §8.2). */
function loneSurrogate(text: string): { text: string; offset: number } | undefined {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return undefined;
  for (const { 1: lone, index } of text.matchAll(ESCAPE)) {
    if (lone !== undefined) return { text: lone, offset: Buffer.byteLength(text.slice(0, index)) };
  }
  return undefined;
}

function sentenceOf(error: JsonTextError): string {
  const what = error.message.replace(/ at offset \d+$/, '');
  return error.reason === 'syntax' ? `no JSON: ${what}` : what;
}

/** Where decoding first puts a replacement character that does not stand in the bytes. */
function firstInvalidByte(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let offset = 0;
  for (let from = 0, at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (!bytes.subarray(offset, offset + REPLACEMENT.length).equals(REPLACEMENT)) return offset;
    offset += REPLACEMENT.length;
    from = at + 1;
  }
  return offset;
}

function hex(byte = 0): string {
  return byte.toString(16).padStart(2, '0');
}
