import { currencyFault } from '../../model/currency.ts';
import { ACCOUNT_KINDS } from '../../model/ledger.ts';
import { WORD_NAMES, wordNameOf } from '../vocabulary/default.ts';
import { ID, type Name } from './names.ts';

/** What an event of a word does, besides saying what it must. */
export type Act =
  | 'none'
  | 'open'
  | 'step'
  | 'transaction'
  | 'place'
  | 'release'
  | 'end'
  | 'initiate'
  | 'authorise'
  | 'capture'
  | 'refund'
  | 'post'
  | 'command';

/** What the data of a word must and may hold, as `vocabulary/default.ts` reads it. */
export interface WordShape {
  act: Act;
  texts: readonly number[];
  optionalTexts: readonly number[];
  instants: readonly number[];
  scalars: readonly number[];
  /** An amount, alone or with its currency. */
  money: 'none' | 'amount' | 'money';
}

interface Shape {
  act?: Act;
  texts: readonly Name[];
  optionalTexts?: readonly Name[];
  instants?: readonly Name[];
  scalars?: readonly Name[];
  money?: WordShape['money'];
}

const ended: Shape = { act: 'end', texts: ['paymentId'], optionalTexts: ['reason'] };
const refund: Shape = {
  act: 'refund',
  texts: ['paymentId', 'refundId', 'transactionId'],
  money: 'money',
};
const step: Shape = { act: 'step', texts: ['accountId'] };
const release: Shape = { act: 'release', texts: ['holdId'] };
const command: Shape = {
  act: 'command',
  texts: ['commandId'],
  optionalTexts: ['key'],
  scalars: ['status'],
};

const SHAPES: Readonly<Record<string, Shape>> = {
  'ledger.account-opened': { act: 'open', texts: ['accountId'] },
  'ledger.account-frozen': step,
  'ledger.account-unfrozen': step,
  'ledger.account-closed': step,
  'ledger.account-entered': { texts: ['accountId'], optionalTexts: ['transactionId', 'holdId'] },
  'ledger.transaction-posted': {
    act: 'transaction',
    texts: ['transactionId'],
    optionalTexts: ['idempotencyKey', 'holdId', 'paymentId', 'reverses'],
    instants: ['effectiveAt'],
  },
  'ledger.hold-placed': {
    act: 'place',
    texts: ['holdId', 'accountId'],
    optionalTexts: ['paymentId'],
    instants: ['expiresAt'],
    money: 'money',
  },
  'ledger.hold-posted': {
    act: 'post',
    texts: ['holdId', 'transactionId'],
    money: 'amount',
  },
  'ledger.hold-voided': release,
  'ledger.hold-expired': release,
  'payments.initiated': {
    act: 'initiate',
    texts: ['paymentId', 'from', 'to'],
    optionalTexts: ['idempotencyKey'],
    money: 'money',
  },
  'payments.authorised': { act: 'authorise', texts: ['paymentId', 'holdId'], money: 'money' },
  'payments.captured': { act: 'capture', texts: ['paymentId', 'transactionId'], money: 'money' },
  'payments.settled': ended,
  'payments.declined': ended,
  'payments.voided': ended,
  'payments.refunded': refund,
  'payments.charged-back': refund,
  'command-accepted': command,
  'command-completed': command,
};

const idsOf = (names: readonly Name[] = []): number[] => names.map((name) => ID[name]);

const WORD_SHAPES: readonly (WordShape | undefined)[] = WORD_NAMES.map((name) => {
  const shape = SHAPES[name];
  return (
    shape && {
      act: shape.act ?? 'none',
      money: shape.money ?? 'none',
      texts: idsOf(shape.texts),
      optionalTexts: idsOf(shape.optionalTexts),
      instants: idsOf(shape.instants),
      scalars: idsOf(shape.scalars),
    }
  );
});

/** The places of words among `WORD_NAMES` of which a step or a payment must know which one it is. */
export const WORD: Readonly<Record<'frozen' | 'unfrozen' | 'closed' | 'charged-back', number>> = {
  frozen: WORD_NAMES.indexOf('ledger.account-frozen'),
  unfrozen: WORD_NAMES.indexOf('ledger.account-unfrozen'),
  closed: WORD_NAMES.indexOf('ledger.account-closed'),
  'charged-back': WORD_NAMES.indexOf('payments.charged-back'),
};

/** The place of the word that a type stands for; -1: none of the vocabulary. */
export function wordOf(type: string): number {
  const name = wordNameOf(type);
  return name === undefined ? -1 : WORD_NAMES.indexOf(name);
}

/** @returns undefined for a word that the screen does not know */
export function shapeOf(word: number): WordShape | undefined {
  return WORD_SHAPES[word];
}

/** The place of an account's kind, and of none. */
export const NO_KIND: number = ACCOUNT_KINDS.length;

const LETTERS = 26;

/** Whether each code of three capital letters is an active currency; its place is its number. */
const CURRENCIES = Uint8Array.from({ length: LETTERS ** 3 }, (_, number) => {
  const letters = [Math.floor(number / LETTERS ** 2), Math.floor(number / LETTERS), number];
  const code = String.fromCharCode(...letters.map((letter) => 0x41 + (letter % LETTERS)));
  return currencyFault(code) === undefined ? 1 : 0;
});

/** The number of an active ISO 4217 code; -1 for any other text. */
export function currencyOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from !== 3) return -1;
  let number = 0;
  for (let at = from; at < to; at++) {
    const letter = (bytes[at] as number) - 0x41;
    if (letter < 0 || letter >= LETTERS) return -1;
    number = number * LETTERS + letter;
  }
  return CURRENCIES[number] === 1 ? number : -1;
}
