import { mismatch, type Schema } from './schema.ts';

const OF_ANY_TYPE = ['null', 'true', '[]', '{}', '[[[]]]', '{"a":{"b":1}}'];

/** Numbers that are no whole minor units, though some of them are equal to one. */
const NO_INTEGERS = ['10.00', '1e3', '10.5', '1E0', '5e-1', '0.1', '1e400', '-0.0'];

/** No JSON at all. */
const NO_JSON = ['NaN', 'Infinity', '+1', '01', '0x10', '1_000', "'x'", 'undefined', '1,', ''];

const INTEGERS = [
  '0',
  '-1',
  '-9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '18446744073709551616',
  `1${'0'.repeat(400)}`,
  '"10"',
  '"ten"',
];

const STRINGS = [
  '1',
  '""',
  '" "',
  '"a b"',
  '"a/b"',
  '"../../x"',
  '"a\\u0000b"',
  '"a\\nb"',
  '"\\ud800"',
  '"\\ufeffx"',
  '"ünï©ødé"',
  '"\u202eabc"',
  '"-"',
  '"__proto__"',
  `"${'x'.repeat(65)}"`,
  `"${'x'.repeat(256)}"`,
  `"${'x'.repeat(10_000)}"`,
];

const CURRENCIES = [
  '"XXQ"',
  '"eur"',
  '"Eur"',
  '"EURO"',
  '"EU"',
  '"€UR"',
  '"978"',
  '"XXX"',
  '"DEM"',
];
const INSTANTS = [
  '"yesterday"',
  '"2027-02-30T00:00:00Z"',
  '"2027-01-01"',
  '"2027-01-01T00:00:00"',
  '"2027-01-01T24:00:00Z"',
  '"+292278994-08-17T07:12:55Z"',
];
const URLS = [
  '"javascript:alert(1)"',
  '"file:///etc/passwd"',
  '"http://"',
  '"//x"',
  '"http://a b"',
];

/** Texts that stand in place of a value and must be refused there. */
export function badValues(schema: Schema): string[] {
  const texts = candidates(schema).filter((text) => !isAllowed(schema, text));
  const numbers = [schema.type ?? []].flat().includes('integer') ? NO_INTEGERS : [];
  return [...new Set([...texts, ...numbers, ...NO_JSON])];
}

/** Texts to try, good and bad. */
export function candidates({ type, format, enum: choices, pattern }: Schema): string[] {
  const types = new Set([type ?? []].flat());
  const mine = [
    ...(types.has('integer') ? INTEGERS : []),
    ...(types.has('string') ? STRINGS : []),
    ...(format === 'iso-4217' || /A-Z/.test(pattern ?? '') ? CURRENCIES : []),
    ...(format === 'date-time' ? INSTANTS : []),
    ...(format?.startsWith('ur') === true ? URLS : []),
    ...(choices ?? []).map((choice) => JSON.stringify(String(choice).toUpperCase())),
    ...(types.has('object') || types.has('array') ? ['"x"', '1'] : []),
  ];
  return [...OF_ANY_TYPE, ...mine];
}

function isAllowed(schema: Schema, text: string): boolean {
  try {
    return mismatch(schema, JSON.parse(text)) === undefined;
  } catch {
    return false;
  }
}
