import { badValues } from './bad-values.ts';
import { jsonText, Raw, withAt, withoutAt, withTwice } from './json-text.ts';
import { places, type Schema } from './schema.ts';

/** Bodies with one fault each, and its name. */
export function badBodies(schema: Schema, valid: object): [name: string, body: Buffer][] {
  const all = places(schema);
  const texts: [string, string][] = [
    ...all.flatMap(({ path, schema: at }) =>
      badValues(at).map((text): [string, string] => [
        `${path.join('.')} is ${text.slice(0, 30)}`,
        jsonText(withAt(valid, path, new Raw(text))),
      ]),
    ),
    ...all
      .filter(({ required, path }) => required && path.at(-1) !== 0)
      .map(({ path }): [string, string] => [
        `${path.join('.')} is missing`,
        jsonText(withoutAt(valid, path)),
      ]),
    ...all.flatMap(({ path }): [string, string][] => {
      const twice = withTwice(valid, path);
      return twice === undefined ? [] : [[`${path.join('.')} is there twice`, jsonText(twice)]];
    }),
    ...wholeTexts(valid),
  ];
  return [
    ...texts.map(([name, text]): [string, Buffer] => [name, Buffer.from(text)]),
    ...bytes(valid),
  ];
}

/** Bodies wrong as a whole. */
function wholeTexts(valid: object): [string, string][] {
  const text = jsonText(valid);
  const more = (member: string) =>
    text === '{}' ? `{${member}}` : `${text.slice(0, -1)},${member}}`;
  return [
    ...['null', 'true', '42', '"x"', '[]', `[${text}]`, '{', '}', `${text}}`, `${text}${text}`].map(
      (body): [string, string] => [`the body is ${body.slice(0, 12)}`, body],
    ),
    ['a comma too many', more('"x":1,').replace(',}', ',,}')],
    ['an unknown member', more('"amout":1')],
    ['__proto__', more('"__proto__":{"amount":1}')],
    ['constructor', more('"constructor":{"prototype":{"amount":1}}')],
    ['toString', more('"toString":1')],
    ['deep lists', more(`"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
    ['deep objects', more(`"x":${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`)],
    ['many members', more(Array.from({ length: 5000 }, (_, n) => `"m${n}":1`).join(','))],
    ['70 KB', more(`"x":"${'x'.repeat(70_000)}"`)],
    ['70 KB of white space', text + ' '.repeat(70_000)],
    ['a comment', `${text}//`],
  ];
}

function bytes(valid: object): [string, Buffer][] {
  const text = jsonText(valid);
  const good = Buffer.from(text);
  const withBytes = (...values: number[]) =>
    Buffer.concat([
      good.subarray(0, -1),
      Buffer.from(text === '{}' ? '"' : ',"'),
      Buffer.from(values),
      Buffer.from('":1}'),
    ]);
  return [
    ['a byte that is no UTF-8', withBytes(0xff)],
    ['half a character', withBytes(0xe2, 0x82)],
    ['an overlong character', withBytes(0xc0, 0xaf)],
    ['half a surrogate in UTF-8', withBytes(0xed, 0xa0, 0x80)],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])],
    ['a zero byte behind', Buffer.concat([good, Buffer.from([0])])],
    ['nothing but zero bytes', Buffer.alloc(1000)],
  ];
}
