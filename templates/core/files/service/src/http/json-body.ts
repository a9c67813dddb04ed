/** A body that is no JSON this API takes. Answered with 400. */
export class BodyError extends Error {
  readonly statusCode = 400;
  readonly code: 'malformed-json' | 'duplicate-member' | 'not-an-integer';

  constructor(code: BodyError['code'], message: string) {
    super(message);
    this.name = 'BodyError';
    this.code = code;
  }
}

/**
 * Reads a JSON body more strictly than `JSON.parse`, because it is about money: bytes that are no
 * UTF-8, a member named twice (who knows which one counts?) and a number written with a fraction
 * or an exponent are refused, `10.00` and `1e3` too.
 * @throws BodyError
 */
export function parseBody(bytes: Buffer): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text, integersOnly);
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError('malformed-json', 'the body is no JSON text in UTF-8');
  }
  refuseDuplicates(text);
  return value;
}

function integersOnly(name: string, value: unknown, context?: { source?: string }): unknown {
  const digits = context?.source ?? '';
  if (typeof value === 'number' && !/^-?\d+$/.test(digits)) {
    throw new BodyError('not-an-integer', `${name || 'the body'} must be an integer`);
  }
  return value;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** The text is known to be JSON, so its strings and brackets are all there is to look at. */
function refuseDuplicates(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name = JSON.parse(last) as string;
      const names = open.at(-1);
      if (names?.has(name) === true) {
        throw new BodyError('duplicate-member', `${last} appears twice`);
      }
      names?.add(name);
    } else last = token;
  }
}
