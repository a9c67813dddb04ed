import { currencyFault, minorUnitDecimals } from '../../model/currency.ts';
import { MAX_AMOUNT_DIGITS } from '../../model/money.ts';
import type { Check } from '../contract.ts';
import type { AmountFact } from '../facts.ts';
import { counted } from '../../kernel/counted.ts';
import { keysOfEvent, nameOf, quoted } from '../naming.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import { defineCheck } from './define.ts';

export const moneyMinorUnits: Check = defineCheck({
  id: 'money/minor-units',
  title: 'Every amount is an exact integer of minor units in a real currency',
  severity: 'critical',
  scope: 'all',
  needs: ['amount'],
  isKeyed: false,
  unit: 'amounts',
  reads: [...POSTING_PATHS, 'data.transactionId', 'data.amount', 'data.currency', 'data.overdraft'],
  implies: ['ledger/balanced', 'ledger/limits'],
  about: {
    proves:
      'Every amount is an integer of minor units, not below zero, in an active ISO 4217 currency; a JSON number of at most 2^53−1, or a string of digits where it is larger. Numbers are judged by their digits as written, so a float artefact such as 1999.0000000000002 is seen.',
    skips: 'Amounts in events of other types than the vocabulary’s.',
    notFooledBy:
      'Currencies without or with three decimals (JPY, KWD), those that `verify.currencies` adds, amounts of zero, strings of digits.',
  },
  start: (evidence, { config: { currencies = {} } }) => ({
    take: (fact) => {
      evidence.checked();
      const isOwn = Object.hasOwn(currencies, fact.currency ?? '');
      const fault = amountFault(fact, currencies) ?? (isOwn ? undefined : codeFault(fact));
      if (fault === undefined) return;
      evidence.found({
        message: `${nameOf(fact.event)}: ${fact.path} is ${fault.actual}, expected ${fault.expected}`,
        ...fault,
        events: [fact.event.at],
        keys: keysOfEvent(fact.event, fact.path),
      });
    },
  }),
});

interface Fault {
  expected: string;
  actual: string;
}

type Currencies = Readonly<Record<string, number>>;

function amountFault(
  { text, amount, fault, currency }: AmountFact,
  currencies: Currencies,
): Fault | undefined {
  const actual = text === undefined ? '' : quotedNumber(text);
  if (amount !== undefined && amount < 0n) return { expected: 'an amount of zero or more', actual };
  switch (fault) {
    case undefined:
      return undefined;
    case 'beyond-exact':
      return {
        expected: 'a string of digits, for it is beyond 2^53−1, where readers round a JSON number',
        actual,
      };
    case 'too-long':
      return { expected: `at most ${MAX_AMOUNT_DIGITS} digits`, actual };
    case 'fraction':
    case 'not-a-number':
      return { expected: `an integer of minor units${decimalsOf(currency, currencies)}`, actual };
  }
}

function decimalsOf(currency: string | undefined, currencies: Currencies): string {
  const decimals =
    currency === undefined ? undefined : (currencies[currency] ?? minorUnitDecimals(currency));
  return decimals === undefined ? '' : ` (${currency} has ${counted(decimals, 'decimals')})`;
}

/** A currency code is judged with its amount, under the amount's path. */
function codeFault({ currency, text }: AmountFact): Fault | undefined {
  if (currency === undefined || currency === '') return undefined;
  const why = currencyFault(currency);
  if (why === undefined) return undefined;
  const of = text === undefined ? '' : `${text} of `;
  return {
    expected: 'an active ISO 4217 currency',
    actual: `${of}${quoted(currency)}, which ${why}`,
  };
}

/** Outside digits, cut where they are too many for a sentence. Strings carry their quotes already. */
function quotedNumber(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
