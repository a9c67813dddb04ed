import { ACCOUNT_KINDS, DIRECTIONS, type Posting, totalsByCurrency } from '../../model/ledger.ts';
import type {
  AccountFact,
  CommandFact,
  Emit,
  EntryFact,
  EventFact,
  HoldFact,
  LedgerFact,
  PaymentFact,
  TransactionFact,
  UnusableFact,
} from '../facts.ts';
import type { Vocabulary } from '../source/source.ts';
import { touchedAccounts } from './touched.ts';
import { Fields, type Notes } from './fields.ts';

type Readable = AccountFact | TransactionFact | HoldFact | PaymentFact | EntryFact | CommandFact;

interface Word {
  what: UnusableFact['what'];
  read(data: Fields, event: EventFact): Readable;
}

/** The area's name and the event's, whatever stands before, and an optional version behind. */
const TYPE = /((?:ledger|payments)\.[a-z-]+)(?:\.v\d+)?$/;
/** Commands are of any service. */
const COMMAND_TYPE = /\.(command-accepted|command-completed)(?:\.v\d+)?$/;

const account = (step: Exclude<AccountFact['step'], 'opened'>): Word => ({
  what: 'account',
  read: (data, event) => ({ kind: 'account', event, step, accountId: data.text('accountId') }),
});

const hold = (step: 'voided' | 'expired'): Word => ({
  what: 'hold',
  read: (data, event) => ({ kind: 'hold', event, step, holdId: data.text('holdId') }),
});

const payment = (
  step: PaymentFact['step'],
  read: (data: Fields) => Partial<PaymentFact>,
): Word => ({
  what: 'payment',
  read: (data, event) => ({
    kind: 'payment',
    event,
    step,
    paymentId: data.text('paymentId'),
    ...read(data),
  }),
});

const refund = (data: Fields): Partial<PaymentFact> => ({
  ...data.money(),
  refundId: data.text('refundId'),
  transactionId: data.text('transactionId'),
});

const ended = (data: Fields): Partial<PaymentFact> => {
  data.optionalText('reason');
  return {};
};

const command = (step: CommandFact['step']): Word => ({
  what: 'command',
  read: (data, event) => {
    data.optionalText('key');
    const [commandId, status] = [data.text('commandId'), data.optionalScalar('status')];
    return { kind: 'command', event, commandId, step, status };
  },
});

const COMMANDS: ReadonlyMap<string, Word> = new Map([
  ['command-accepted', command('accepted')],
  ['command-completed', command('result')],
]);

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ['ledger.account-opened', { what: 'account', read: readOpening }],
  ['ledger.account-frozen', account('frozen')],
  ['ledger.account-unfrozen', account('unfrozen')],
  ['ledger.account-closed', account('closed')],
  ['ledger.account-entered', { what: 'entry', read: readEntry }],
  ['ledger.transaction-posted', { what: 'transaction', read: readTransaction }],
  ['ledger.hold-placed', { what: 'hold', read: readPlacing }],
  ['ledger.hold-posted', { what: 'hold', read: readHoldPosted }],
  ['ledger.hold-voided', hold('voided')],
  ['ledger.hold-expired', hold('expired')],
  ['payments.initiated', payment('initiated', readInitiation)],
  ['payments.authorised', payment('authorised', readAuthorisation)],
  [
    'payments.captured',
    payment('captured', (data) => ({ ...data.money(), transactionId: data.text('transactionId') })),
  ],
  ['payments.settled', payment('settled', ended)],
  ['payments.declined', payment('declined', ended)],
  ['payments.voided', payment('voided', ended)],
  ['payments.refunded', payment('refunded', refund)],
  ['payments.charged-back', payment('charged-back', refund)],
]);

/** Areas and names of its events, commands aside. */
export const DEFAULT_WORDS: readonly string[] = [...WORDS.keys()];

/** The default vocabulary: what an event means for money, by its type and data. */
export const DEFAULT_VOCABULARY: Vocabulary = {
  start: (emit) => ({ read: (event) => readEvent(event, emit), end: () => {} }),
  // Its paths stand in the checks themselves.
  reads: () => [],
};

/** Emits its amounts first, then one fact; nothing for a type that is not of the vocabulary. */
function readEvent(event: EventFact, emit: Emit<LedgerFact>): void {
  const word = wordOf(event.type ?? '');
  if (word === undefined) return;
  const notes: Notes = { event, problems: [], exact: true, emit };
  const fact = word.read(new Fields(event.data, 'data', notes), event);
  if (notes.problems.length === 0 && notes.exact) emit(fact);
  else
    emit({
      kind: 'unusable',
      event,
      what: word.what,
      problems: notes.problems,
      accounts: touchedAccounts(fact),
    });
}

function wordOf(type: string): Word | undefined {
  const name = wordNameOf(type) ?? '';
  return WORDS.get(name) ?? COMMANDS.get(name);
}

/** Names of all words of the default vocabulary, such as `ledger.account-opened`. */
export const WORD_NAMES: readonly string[] = [...WORDS.keys(), ...COMMANDS.keys()];

/** The word that an event type stands for; undefined: it is not of the vocabulary. */
export function wordNameOf(type: string): string | undefined {
  const names = [TYPE.exec(type)?.[1], COMMAND_TYPE.exec(type)?.[1]];
  return names.find((name) => name !== undefined && WORD_NAMES.includes(name));
}

function readOpening(data: Fields, event: EventFact): AccountFact {
  const currency = data.currency();
  return {
    kind: 'account',
    event,
    step: 'opened',
    accountId: data.text('accountId'),
    currency,
    accountKind: data.optionalOneOf('kind', ACCOUNT_KINDS),
    overdraft: data.optionalAmount('overdraft', currency),
  };
}

function readEntry(data: Fields, event: EventFact): EntryFact {
  data.text('accountId');
  data.optionalText('transactionId');
  // A ledger tells an account of its holds the same way.
  data.optionalText('holdId');
  return { kind: 'entry', event };
}

function readTransaction(data: Fields, event: EventFact): TransactionFact {
  const postings = data.items('postings').map(readPosting);
  data.optionalInstant('effectiveAt');
  return {
    kind: 'transaction',
    event,
    events: [event],
    transactionId: data.text('transactionId'),
    postings,
    totals: totalsByCurrency(postings),
    idempotencyKey: data.optionalText('idempotencyKey') ?? event.idempotencyKey,
    holdId: data.optionalText('holdId'),
    paymentId: data.optionalText('paymentId'),
    reverses: data.optionalText('reverses'),
  };
}

function readPosting(data: Fields): Posting {
  return {
    accountId: data.text('accountId'),
    direction: data.oneOf('direction', DIRECTIONS) ?? 'debit',
    ...data.money(),
  };
}

function readPlacing(data: Fields, event: EventFact): HoldFact {
  data.optionalText('paymentId');
  return {
    kind: 'hold',
    event,
    step: 'placed',
    holdId: data.text('holdId'),
    accountId: data.text('accountId'),
    ...data.money(),
    expiresAt: data.optionalInstant('expiresAt'),
  };
}

function readHoldPosted(data: Fields, event: EventFact): HoldFact {
  return {
    kind: 'hold',
    event,
    step: 'posted',
    holdId: data.text('holdId'),
    amount: data.amountAlone(),
    transactionId: data.text('transactionId'),
  };
}

function readInitiation(data: Fields): Partial<PaymentFact> {
  data.text('from');
  data.text('to');
  return { ...data.money(), idempotencyKey: data.optionalText('idempotencyKey') };
}

function readAuthorisation(data: Fields): Partial<PaymentFact> {
  data.text('holdId');
  return data.money();
}
