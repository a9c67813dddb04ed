/** Digits in one piece or in groups, as people and programs write card numbers; never part of a longer word. */
const WRITTEN = /(?<![\w.,+-])\d(?:[ -]?\d){12,18}(?![\w]|[.,-]\d)/g;

/** Of many UUIDs some are all digits as far as a card's number goes, with a check digit that is right. */
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;

/** As many digits, whatever stands around them: one look spares most texts the other. */
const LONG = /\d(?:[ -]?\d){12}/;

/** First digits of the schemes, and how many digits their numbers have (ISO/IEC 7812). */
const ISSUERS: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:30[0-5]|36|3[89])/, lengths: [14, 15, 16, 17, 18, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

/** Numbers that schemes and payment providers publish for tests; no account stands behind them. */
const TEST_NUMBERS: ReadonlySet<string> = new Set([
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '4000056655665556',
  '4222222222222',
  '5555555555554444',
  '5105105105105100',
  '5200828282828210',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '378734493671000',
  '6011111111111117',
  '6011000990139424',
  '3056930009020004',
  '30569309025904',
  '38520000023237',
  '36227206271667',
  '3566002020360505',
  '3530111333300000',
  '6200000000000005',
  '6304000000000000',
]);
/** Providers make test numbers of their own with this beginning. */
const TEST_PREFIX = '400000';

export interface WrittenNumber {
  /** As it stands in the text. */
  text: string;
  start: number;
  /** Of a known issuer, of its length, with the right check digit. */
  isCard: boolean;
  isTest: boolean;
}

/** The numbers in a text that are as long as a card's. */
export function longNumbersIn(text: string): WrittenNumber[] {
  if (!LONG.test(text)) return [];
  const withoutUuids = text.replaceAll(UUID, (uuid) => '_'.repeat(uuid.length));
  return [...withoutUuids.matchAll(WRITTEN)].map((match) => {
    const digits = match[0].replaceAll(/[ -]/g, '');
    const isTest = TEST_NUMBERS.has(digits) || digits.startsWith(TEST_PREFIX);
    return { text: match[0], start: match.index, isCard: isCardNumber(digits), isTest };
  });
}

function isCardNumber(digits: string): boolean {
  const ofIssuer = ISSUERS.some(
    ({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits),
  );
  return ofIssuer && passesLuhn(digits);
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
