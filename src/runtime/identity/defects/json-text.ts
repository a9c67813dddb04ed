import type { SigningKey, TokenDraft } from '../signing.ts';
import type { Defect } from './contract.ts';
import { signed } from './entries.ts';
import { sealBytes } from './token-parts.ts';

const DUPLICATE = ['RFC 7515 §4', 'RFC 7519 §4'];
const NOT_JSON = ['RFC 7519 §7.2', 'RFC 8725 §3.7'];
const BYTE_ORDER_MARK = '\uFEFF';

/** Truly signed tokens whose texts can be read in two ways, or in none. */
export const JSON_DEFECTS: readonly Defect[] = [
  twice('header-algorithm', 'Two algorithms in the header, none first', {
    header: (text) => text.replace('{', '{"alg":"none",'),
  }),
  twice('header-key', 'Two key ids in the header', {
    header: (text) => text.replace('{', '{"kid":"sandbox-unknown",'),
  }),
  twice('subject', 'Two subjects', {
    payload: (text) => text.replace('{', '{"sub":"admin",'),
  }),
  twice('subject-escaped', 'Two subjects, one of them with an escaped name', {
    payload: (text) => text.replace('{', String.raw`{"\u0073ub":"admin",`),
  }),
  twice('expiry-last', 'Two times of expiry, a far one last', {
    payload: (text) => text.replace(/\}$/, ',"exp":4102444800}'),
  }),
  ...(['header', 'payload'] as const).flatMap((part) => [
    unreadable(part, 'not-json', 'no JSON', () => 'not JSON'),
    unreadable(part, 'list', 'a JSON array', (text) => `[${text}]`),
    unreadable(part, 'text', 'a JSON string', (text) => JSON.stringify(text)),
    unreadable(part, 'null', 'null', () => 'null'),
    unreadable(part, 'trailing', 'JSON with more behind it', (text) => `${text}{}`),
    unreadable(part, 'byte-order-mark', 'JSON behind a byte order mark', (text) => {
      return BYTE_ORDER_MARK + text;
    }),
    unreadable(part, 'utf16', 'JSON in UTF-16', (text) => Buffer.from(text, 'utf16le')),
    unreadable(part, 'bad-utf8', 'JSON with bytes that are not UTF-8', (text) =>
      Buffer.from(text.replace(/\}$/, ',"note":"\xff\xc0"}'), 'latin1'),
    ),
  ]),
];

interface Rewriting {
  header?: (text: string) => string | Buffer;
  payload?: (text: string) => string | Buffer;
}

function twice(name: string, title: string, how: Rewriting): Defect {
  return signed(
    { id: `duplicate/${name}`, class: 'S26', title, sources: DUPLICATE },
    { seal: rewriting(how) },
  );
}

function unreadable(
  ...[part, name, what, write]: [
    'header' | 'payload',
    string,
    string,
    (text: string) => string | Buffer,
  ]
): Defect {
  const title = `Its ${part} is ${what}`;
  return signed(
    { id: `${part}/${name}`, class: 'S27', title, sources: NOT_JSON },
    { seal: rewriting({ [part]: write }) },
  );
}

function rewriting({ header = same, payload = same }: Rewriting) {
  return (draft: TokenDraft, key: SigningKey): string =>
    sealBytes(header(JSON.stringify(draft.header)), payload(JSON.stringify(draft.claims)), key);
}

function same(text: string): string {
  return text;
}
