import type { IncomingMessage } from 'node:http';

const MAX_FORM_BYTES = 4096;

/** The fields of a small form; undefined for a larger one, or another type of body. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const text = await readText(request, MAX_FORM_BYTES);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
  return text === undefined ? undefined : new URLSearchParams(text);
}

/** The text of a body; undefined past `maxBytes`, of which the rest is not read. */
export async function readText(
  request: IncomingMessage,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
