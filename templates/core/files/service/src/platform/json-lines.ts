/**
 * JSON values, one a line, from a stream of bytes. All lines that came in one chunk are handed
 * over together.
 * @throws Error when a line is longer than `longest` characters or no JSON object
 */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<object[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end === -1) {
      rest.push(text);
      length += text.length;
      if (length > longest) throw new Error(`a line is longer than ${longest} characters`);
      continue;
    }
    const whole = [...rest, text.slice(0, end)].join('');
    rest = [text.slice(end + 1)];
    length = text.length - end - 1;
    yield whole.split('\n').filter(Boolean).map(parsed);
  }
}

/** So many digits in a row may be more than a number keeps. */
const LONG_NUMBER = /[0-9.]{16}/;

function parsed(line: string): object {
  const value: unknown = LONG_NUMBER.test(line) ? JSON.parse(line, asWritten) : JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('a line is no JSON object');
  return value;
}

/** `JSON.rawJSON` of Node, which TypeScript does not know yet: written out, it is the same text. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => object };

/** A number that would be rounded stays what was written: no number, so nobody reckons with it. */
function asWritten(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return source.replaceAll(/\D/g, '').length > 15 ? rawJSON(source) : value;
}
