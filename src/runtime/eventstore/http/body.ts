import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { type JsonNode, JsonTextError, parseJsonText } from '../../../kernel/json-text.ts';
import { Refusal } from './refusal.ts';

const MEDIA_TYPE = /^\s*([^\s;]+)\s*(?:;\s*(.*?)\s*)?$/;
const CHARSET = /(?:^|;)\s*charset\s*=\s*"?([^";\s]*)"?/i;

/** Reads a request body as JSON text, digits and member order kept. */
export function readJsonBody(body: unknown): JsonNode {
  if (!Buffer.isBuffer(body) || body.length === 0)
    throw new Refusal('bad-json', 'The body is empty.');
  if (!isUtf8(body)) throw new Refusal('bad-encoding', 'The body holds bytes that are not UTF-8.');
  try {
    return parseJsonText(body.toString('utf8'));
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const code = error.reason === 'duplicate-member' ? 'duplicate-member' : 'bad-json';
    throw new Refusal(code, `The body cannot be read: ${error.message}.`);
  }
}

/** The media type of the body, one of those accepted, without parameters. */
export function requireMediaType(
  headers: IncomingHttpHeaders,
  accepted: readonly string[],
): string {
  const [, type = '', parameters = ''] = MEDIA_TYPE.exec(headers['content-type'] ?? '') ?? [];
  const refuse = (detail: string): never => {
    const accept = { 'accept-post': accepted.join(', ') };
    throw new Refusal('unsupported-media-type', detail, { headers: accept });
  };
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    refuse('Bodies are not accepted compressed.');
  }
  if (headers['ce-specversion'] !== undefined) {
    refuse('The binary mode of CloudEvents is not served yet; send the event in structured mode.');
  }
  if (!accepted.includes(type.toLowerCase())) {
    refuse(`Send the body as one of: ${accepted.join(', ')}.`);
  }
  const charset = CHARSET.exec(parameters)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') refuse('JSON is sent in UTF-8.');
  return type.toLowerCase();
}
