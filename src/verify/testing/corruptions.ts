import {
  appended,
  type Corrupt,
  inEvent,
  inLine,
  inTransaction,
  oneOf,
  post,
  type TransactionData,
  transactionsOf,
} from './corrupting.ts';
import { CAUSAL_CORRUPTIONS } from './corruptions-causal.ts';
import { CHECKPOINT_CORRUPTIONS } from './corruptions-checkpoint.ts';
import { DETERMINISM_CORRUPTIONS, DIFF_CORRUPTIONS } from './corruptions-projection.ts';
import { PAYMENT_CORRUPTIONS } from './corruptions-payments.ts';
import { OUTBOX_CORRUPTIONS } from './corruptions-outbox.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** For each check the seeded faults that break exactly its rule. */
export const CORRUPTIONS: Readonly<Record<string, Readonly<Record<string, Corrupt>>>> = {
  'ledger/balanced': {
    'one amount is a unit higher': inTransaction((data) => {
      const posting = data.postings.at(-1);
      if (posting !== undefined) posting.amount = Number(posting.amount) + 1;
    }),
    'a posting is gone': inTransaction((data) => void data.postings.pop()),
    'both postings are debits': inTransaction((data) => {
      for (const posting of data.postings) posting.direction = 'debit';
    }),
  },
  'ledger/double-effect': {
    'a transaction is posted again by another event': appended(({ writer }, random) => {
      const { subject, type, data } = oneOf(transactionsOf(writer.events), random);
      return writer.append(`${subject}-again`, nameOf(type), data);
    }),
    'an idempotency key has a second transaction': appended(({ writer }, random) => {
      const keyed = transactionsOf(writer.events).filter(({ data }) => 'idempotencyKey' in data);
      const { type, data } = oneOf(keyed, random);
      return writer.append('ledger-transaction-other', nameOf(type), {
        ...data,
        transactionId: 'txn_other',
      });
    }),
    'a refund is paid out twice': appended(({ writer }) => {
      const refund = { paymentId: 'pay_x', refundId: 'ref_x', amount: 5, currency: 'EUR' };
      writer.append('payment-x', 'payments.refunded', { ...refund, transactionId: 'txn_x1' });
      return writer.append('payment-x', 'payments.refunded', {
        ...refund,
        transactionId: 'txn_x2',
      });
    }),
  },
  'ledger/limits': {
    'more is spent than there is': appended(({ writer, customers }, random) => {
      const open = customers.filter(({ state }) => state === 'open');
      const { id, balance, held, overdraft, currency } = oneOf(open, random);
      return post(writer, {
        from: id,
        to: `cash_${currency}`,
        amount: balance - held + overdraft + 1,
        currency,
      });
    }),
    'more is held than there is': appended(({ writer, customers }, random) => {
      const open = customers.filter(({ state }) => state === 'open');
      const { id, balance, held, overdraft, currency } = oneOf(open, random);
      const hold = {
        holdId: 'hold_x',
        accountId: id,
        amount: balance - held + overdraft + 1,
        currency,
      };
      return writer.append('ledger-hold-x', 'ledger.hold-placed', hold);
    }),
    'a frozen account is moved': appended(({ writer, customers }, random) => {
      const open = customers.filter(({ state }) => state === 'open');
      const { id, currency } = oneOf(open, random);
      writer.append(`ledger-account-${id}`, 'ledger.account-frozen', { accountId: id });
      return post(writer, { from: `cash_${currency}`, to: id, amount: 1, currency });
    }),
  },
  'ledger/accounts': {
    'money goes to an account that was never opened': appended(({ writer }) =>
      post(writer, { from: 'cash_EUR', to: 'acct_nowhere', amount: 1, currency: 'EUR' }),
    ),
    'money goes to a closed account': appended(({ writer }) => {
      writer.append('ledger-account-fees_EUR', 'ledger.account-closed', { accountId: 'fees_EUR' });
      return post(writer, { from: 'cash_EUR', to: 'fees_EUR', amount: 1, currency: 'EUR' });
    }),
    'an account gets a currency it does not hold': appended(({ writer }) =>
      post(writer, { from: 'cash_EUR', to: 'equity_JPY', amount: 1, currency: 'EUR' }),
    ),
  },
  'money/minor-units': {
    'an amount is a fraction': inTransaction((data) => setAmount(data, 0.5)),
    'an amount went through floats': inTransaction((data) =>
      setAmount(data, 1999.000_000_000_000_2),
    ),
    'an amount is beyond what a JSON number holds': inTransaction((data) =>
      setAmount(data, 2 ** 53),
    ),
    'an amount is below zero': inTransaction((data) => setAmount(data, -1)),
    'an account is opened in a withdrawn currency': appended(({ writer }) =>
      writer.append('ledger-account-x', 'ledger.account-opened', {
        accountId: 'x',
        currency: 'DEM',
        kind: 'asset',
      }),
    ),
  },
  'log/revisions': {
    'a revision is skipped': inEvent((event) => void (event.streamrevision += 1)),
    'a revision is no number': inEvent(
      (event) => void (event['streamrevision'] = 'x' as unknown as number),
    ),
    'an event lost its revision': inEvent(
      (event) => void delete (event as Partial<StoredEvent>).streamrevision,
    ),
    'an event lost its subject': inEvent(
      (event) => void delete (event as Partial<StoredEvent>).subject,
    ),
  },
  'log/order': {
    'an event is cut out with its whole stream': ({ writer }, random) => {
      const alone = writer.events.filter(
        ({ subject }, index) =>
          index > 0 &&
          writer.events.every((other, at) => at === index || other.subject !== subject),
      );
      const gone = oneOf(
        alone.filter((event) => event !== writer.events.at(-1)),
        random,
      );
      const position = String(Number(gone.globalposition) + 1);
      return { bytes: ndjson(writer.events.filter((event) => event !== gone)), position };
    },
    'a position stands twice': inEvent((event) => {
      event.globalposition = String(Number(event.globalposition) - 1);
    }),
    'two events of different streams changed places': ({ writer }, random) => {
      const events = [...writer.events];
      const pairs = events
        .keys()
        .filter(
          (at) =>
            at > 20 &&
            events[at - 1]?.subject !== events[at]?.subject &&
            isEntry(events[at - 1]) &&
            isEntry(events[at]),
        );
      const at = oneOf([...pairs], random);
      const [first, second] = events.slice(at - 1, at + 1);
      if (first === undefined || second === undefined) throw new Error('no pair');
      events.splice(at - 1, 2, second, first);
      return { bytes: ndjson(events), position: first.globalposition };
    },
  },
  'log/id-reuse': {
    'an event takes the id of another': ({ writer }, random) => {
      const entries = writer.events.filter(isEntry);
      const [event, other] = [entries.at(-1), oneOf(entries.slice(0, -1), random)];
      if (event === undefined) throw new Error('no entry');
      event.id = other.id;
      return { bytes: ndjson(writer.events), position: event.globalposition };
    },
    'a transaction takes the id of another': ({ writer }, random) => {
      const transactions = transactionsOf(writer.events);
      const [event, other] = [transactions.at(-1), oneOf(transactions.slice(0, -1), random)];
      if (event === undefined) throw new Error('no transaction');
      event.id = other.id;
      return { bytes: ndjson(writer.events), position: event.globalposition };
    },
  },
  'log/duplicates': {
    'an event is stored again': appended(({ writer }, random) => {
      const {
        streamrevision: _,
        globalposition: __,
        recordedtime: ___,
        ...sent
      } = oneOf(writer.events, random);
      return writer.store(sent);
    }),
  },
  'log/envelope': {
    'the version of CloudEvents is another': inEvent((event) => void (event.specversion = '0.3')),
    'an attribute has a name that is none': inEvent((event) => void (event['Trace_Id'] = 'x')),
    'the time is none': inEvent((event) => void (event.time = 'yesterday')),
    'a member stands twice': inLine((line) => line.replace('{', '{"specversion":"1.0",')),
    'an event is an array': inLine((line) => `[${line}]`),
  },
  'log/mapping': {
    'an account entry names no account': inEvent((event) => {
      if ('accountId' in event.data) delete event.data['accountId'];
      else event.data = {};
    }),
    'data is a string': inEvent(
      (event) => void (event['data'] = '{}' as unknown as StoredEvent['data']),
    ),
    'a direction is unknown': inTransaction((data) => {
      const [posting] = data.postings;
      if (posting !== undefined) posting.direction = 'dr';
    }),
  },
  'log/corruption': {
    'a bracket is lost': inLine((line) => line.slice(0, -1)),
    'a bit flipped in a quote': inLine((line) => line.replace('"', '#')),
    'bytes were zeroed': inLine((line) => '\0'.repeat(line.length)),
    'two lines ran into each other': inLine((line) => line + line),
  },
  ...PAYMENT_CORRUPTIONS,
  'log/checkpoint': CHECKPOINT_CORRUPTIONS,
  'projection/diff': DIFF_CORRUPTIONS,
  'projection/determinism': DETERMINISM_CORRUPTIONS,
  ...CAUSAL_CORRUPTIONS,
  'outbox/gap': OUTBOX_CORRUPTIONS,
};

function setAmount({ postings }: TransactionData, amount: number): void {
  const posting = postings.at(-1);
  if (posting !== undefined) posting.amount = amount;
}

function isEntry(event: StoredEvent | undefined): boolean {
  return event?.type.includes('account-entered') === true;
}

/** `ledger.transaction-posted` of `com.acme.ledger.transaction-posted.v1`. */
function nameOf(type: string): string {
  return type.replace(/^com\.acme\./, '').replace(/\.v1$/, '');
}
