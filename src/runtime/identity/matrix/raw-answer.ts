import type { Answer } from './answer.ts';

const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |$)/;

/**
 * Reads an answer out of the bytes that came so far (RFC 9112 §4, §6, §7.1).
 * @param ended no more will come @returns undefined while it is not whole, or where it is none
 */
export function readAnswer(bytes: Buffer, ended: boolean): Answer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(STATUS_LINE.exec(first)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const rest = bytes.subarray(headEnd + HEAD_END.length);
  if (status < 200) return readAnswer(rest, ended);
  const fields = lines.map(fieldOf);
  const { body, isWhole } = bodyOf(rest, fields, status);
  return isWhole || ended ? { status, fields, body: body.toString('utf8') } : undefined;
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyOf(
  rest: Buffer,
  fields: Answer['fields'],
  status: number,
): { body: Buffer; isWhole: boolean } {
  const valueOf = (name: string) => fields.find(([known]) => known === name)?.[1];
  if (status === 204 || status === 304) return { body: Buffer.alloc(0), isWhole: true };
  if (valueOf('transfer-encoding')?.toLowerCase().endsWith('chunked') === true) {
    return unchunked(rest);
  }
  const length = valueOf('content-length');
  if (length === undefined) return { body: rest, isWhole: false };
  return { body: rest.subarray(0, Number(length)), isWhole: rest.length >= Number(length) };
}

function unchunked(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd === -1 ? NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) return { body: Buffer.concat(chunks), isWhole: false };
    if (size === 0) return { body: Buffer.concat(chunks), isWhole: true };
    const start = lineEnd + 2;
    chunks.push(bytes.subarray(start, start + size));
    if (start + size > bytes.length) return { body: Buffer.concat(chunks), isWhole: false };
    at = start + size + 2;
  }
}
