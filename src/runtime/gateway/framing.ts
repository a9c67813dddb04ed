/** The start and the fields of a request as they came, before anything reads meaning into them. */
export interface RequestHead {
  httpVersion: string;
  method: string;
  /** The request target. */
  target: string;
  /** Names and values in turn, as `rawHeaders` has them. */
  fields: readonly string[];
}

/** Where a well-framed request wants to go. */
export interface RequestTarget {
  /** Its path as sent, or `*`. */
  path: string;
  /** Its query without the question mark. */
  query: string;
  host: string;
}

export type FramingReading =
  | { ok: true; target: RequestTarget }
  | { ok: false; status: 400 | 414 | 431 | 501 | 505; fault: string };

const MAX_TARGET_LENGTH = 8192;
const MAX_FIELDS = 200;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
/** RFC 9110 §7.2 without user info, path or list: a name or address, and maybe a port. */
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(?::\d{1,5})?$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/**
 * What node's parser, strict as it is, lets through though two servers could read it in two ways
 * (RFC 9112 §3.2, §6.1, §6.3). Content-Length, bare CR and LF, folds and white space before colons
 * are the parser's part; `smuggling.test.ts` holds the two together.
 */
export function readFraming(head: RequestHead): FramingReading {
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0') {
    return { ok: false, status: 505, fault: 'Only HTTP/1.1 and HTTP/1.0 are spoken here.' };
  }
  if (head.fields.length > 2 * MAX_FIELDS) {
    return { ok: false, status: 431, fault: `More than ${MAX_FIELDS} header fields.` };
  }
  const fault = faultInCoding(head);
  if (fault !== undefined) return fault;
  const [host, ...others] = valuesOf(head.fields, 'host');
  if (host === undefined || others.length > 0) return refused('Not exactly one Host.');
  if (!HOST.test(host)) return refused('Host is no name or address with an optional port.');
  return readTarget(head, host);
}

/** RFC 9112 §6.1, §6.3: `chunked`, once, last, in HTTP/1.1, without a length. */
function faultInCoding({ httpVersion, fields }: RequestHead): FramingReading | undefined {
  const values = valuesOf(fields, 'transfer-encoding');
  if (values.length === 0) return undefined;
  const codings = values.flatMap((value) =>
    value
      .toLowerCase()
      .split(',')
      .map((one) => one.trim()),
  );
  if (httpVersion === '1.0') return refused('Transfer-Encoding in HTTP/1.0.');
  if (codings.indexOf('chunked') !== codings.length - 1) {
    return refused('Transfer-Encoding does not end in the one coding chunked.');
  }
  if (codings.length > 1) {
    return { ok: false, status: 501, fault: 'The only transfer coding known here is chunked.' };
  }
  return valuesOf(fields, 'content-length').length === 0
    ? undefined
    : refused('Transfer-Encoding together with Content-Length.');
}

/** RFC 9112 §3.2: origin form, absolute form that agrees with Host, `*` for OPTIONS. */
function readTarget({ method, target }: RequestHead, host: string): FramingReading {
  if (target.length > MAX_TARGET_LENGTH) {
    return { ok: false, status: 414, fault: `The target is longer than ${MAX_TARGET_LENGTH}.` };
  }
  if (!VISIBLE_ASCII.test(target)) return refused('The target is not visible ASCII.');
  if (target === '*') {
    if (method !== 'OPTIONS') return refused('The target * is for OPTIONS only.');
    return { ok: true, target: { path: '*', query: '', host } };
  }
  const [, authority, rest = ''] = ABSOLUTE.exec(target) ?? [];
  if (authority !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    return refused('The target names another host than Host.');
  }
  const origin = authority === undefined ? target : rest.startsWith('/') ? rest : `/${rest}`;
  if (!origin.startsWith('/')) return refused('The target is no path.');
  if (origin.includes('#')) return refused('The target holds a fragment.');
  const mark = origin.indexOf('?');
  const path = mark === -1 ? origin : origin.slice(0, mark);
  return { ok: true, target: { path, query: mark === -1 ? '' : origin.slice(mark + 1), host } };
}

function refused(fault: string): FramingReading {
  return { ok: false, status: 400, fault };
}

/** Every value of a field, in order. @param name in lower case */
export function valuesOf(fields: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const field = fields[at] ?? '';
    if (field.length === name.length && field.toLowerCase() === name)
      values.push(fields[at + 1] ?? '');
  }
  return values;
}
