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

function parsed(line: string): object {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('a line is no JSON object');
  return value;
}
