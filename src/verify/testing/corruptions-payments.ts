import type { Random } from '../../kernel/random.ts';
import { appended, type Corrupt, oneOf, post } from './corrupting.ts';
import { type LogWriter, ndjson, type StoredEvent } from './log-writer.ts';

/** Faults of holds and payments. Their money goes between accounts that nothing limits. */
export const PAYMENT_CORRUPTIONS: Readonly<Record<string, Readonly<Record<string, Corrupt>>>> = {
  'ledger/holds': {
    'a hold is posted twice': appended(({ writer }, random) => {
      const { subject, data } = oneOf(eventsOf(writer, 'hold-posted'), random);
      return writer.append(subject, 'ledger.hold-posted', { ...data, transactionId: 'txn_x' });
    }),
    'a voided hold is posted': appended(({ writer }, random) => {
      const { subject, data } = oneOf(eventsOf(writer, 'hold-voided'), random);
      return writer.append(subject, 'ledger.hold-posted', {
        ...data,
        amount: 1,
        transactionId: 'txn_x',
      });
    }),
    'an expired hold is posted': appended(({ writer }, random) => {
      const { data } = oneOf(eventsOf(writer, 'hold-expired'), random);
      const { holdId } = data;
      return post(writer, {
        from: 'equity_EUR',
        to: 'fees_EUR',
        amount: 1,
        currency: 'EUR',
        holdId,
      });
    }),
    'a posted hold is voided': appended(({ writer }, random) => {
      const { subject, data } = oneOf(eventsOf(writer, 'hold-posted'), random);
      return writer.append(subject, 'ledger.hold-voided', { holdId: data['holdId'] });
    }),
    'more is posted than is held': appended(({ writer }) => {
      place(writer, { amount: 70 });
      post(writer, { ...BOOKS, amount: 71, holdId: 'hold_x' });
      return writer.append('ledger-hold-x', 'ledger.hold-posted', {
        holdId: 'hold_x',
        amount: 71,
        transactionId: 'txn_x',
      });
    }),
    'a hold is posted after its time': appended(({ writer }) => {
      place(writer, { amount: 70, expiresAt: writer.timeIn(-61) });
      return post(writer, { ...BOOKS, amount: 70, holdId: 'hold_x' });
    }),
    'a hold is voided that was never placed': appended(({ writer }) =>
      writer.append('ledger-hold-x', 'ledger.hold-voided', { holdId: 'hold_x' }),
    ),
  },
  'ledger/refunds': {
    'more is refunded than was captured': appended(({ writer }, random) => {
      const { subject, data } = oneOf(eventsOf(writer, 'captured'), random);
      const { paymentId } = data;
      const amount = capturedOf(writer, paymentId) + 1;
      return giveBack(writer, { subject, paymentId, amount, currency: data['currency'] });
    }),
    'a payment is charged back after it was refunded': appended(({ writer }) => {
      const payment = pay(writer, { authorised: 70, captured: 70 });
      giveBack(writer, { ...payment, amount: 70, step: 'refunded' });
      return giveBack(writer, { ...payment, amount: 70, step: 'charged-back' });
    }),
    'a capture is reversed after it was refunded': appended(({ writer }) => {
      const payment = pay(writer, { authorised: 70, captured: 70 });
      giveBack(writer, { ...payment, amount: 70 });
      return post(writer, {
        ...BOOKS,
        amount: 70,
        transactionId: 'txn_reversal',
        reverses: 'txn_capture',
      });
    }),
    'more is captured than was authorised': appended(({ writer }) => {
      const { subject } = pay(writer, { authorised: 70, captured: 71 });
      return last(writer, subject);
    }),
    'a payment is refunded that was never captured': appended(({ writer }) => {
      const subject = 'payment-x';
      return giveBack(writer, { subject, paymentId: 'pay_x', amount: 70, currency: 'EUR' });
    }),
  },
  'money/factor-jump': {
    'a capture is told in another unit than its transaction': inTyped('captured', scale),
    'a refund is told in another unit than its transaction': inTyped('refunded', scale),
    'a hold is posted in another unit than its transaction': inTyped('hold-posted', scale),
    'more is authorised than was asked for, by a power of ten': inTyped('authorised', scale),
    'a payment is authorised in another currency': inTyped('authorised', ({ data }) => {
      data['currency'] = 'USD';
    }),
    'a refund is told in another currency than its transaction': inTyped('refunded', ({ data }) => {
      data['currency'] = 'USD';
    }),
  },
};

const BOOKS = { from: 'equity_EUR', to: 'fees_EUR', currency: 'EUR' };

function eventsOf(writer: LogWriter, name: string): StoredEvent[] {
  return writer.events.filter(({ type }) => type.endsWith(`${name}.v1`));
}

function last(writer: LogWriter, subject: string): StoredEvent {
  const event = writer.events.findLast((event) => event.subject === subject);
  if (event === undefined) throw new Error(`no event of ${subject}`);
  return event;
}

function place(writer: LogWriter, more: object): void {
  writer.append('ledger-hold-x', 'ledger.hold-placed', {
    holdId: 'hold_x',
    accountId: 'equity_EUR',
    currency: 'EUR',
    ...more,
  });
}

interface PaymentPlace {
  subject: string;
  paymentId: unknown;
  currency: unknown;
}

function pay(
  writer: LogWriter,
  { authorised, captured }: { authorised: number; captured: number },
): PaymentPlace {
  const [subject, paymentId, currency] = ['payment-x', 'pay_x', 'EUR'];
  const say = (step: string, data: object) =>
    writer.append(subject, `payments.${step}`, { paymentId, currency, ...data });
  say('initiated', { amount: authorised, from: BOOKS.from, to: BOOKS.to });
  say('authorised', { amount: authorised, holdId: 'none_x' });
  const transactionId = 'txn_capture';
  post(writer, { ...BOOKS, amount: captured, transactionId, paymentId });
  say('captured', { amount: captured, transactionId });
  return { subject, paymentId, currency };
}

function giveBack(
  writer: LogWriter,
  {
    subject,
    paymentId,
    currency,
    amount,
    step = 'refunded',
  }: PaymentPlace & { amount: number; step?: string },
): StoredEvent {
  const transactionId = `txn_${step}`;
  const books = { from: `equity_${String(currency)}`, to: `fees_${String(currency)}` };
  post(writer, { ...books, amount, currency: String(currency), transactionId, paymentId });
  const refundId = `ref_${step}`;
  return writer.append(subject, `payments.${step}`, {
    paymentId,
    refundId,
    amount,
    currency,
    transactionId,
  });
}

function capturedOf(writer: LogWriter, paymentId: unknown): number {
  return eventsOf(writer, 'captured')
    .filter(({ data }) => data['paymentId'] === paymentId)
    .reduce((sum, { data }) => sum + Number(data['amount']), 0);
}

/** Breaks one event of a type. */
function inTyped(name: string, change: (event: StoredEvent, random: Random) => void): Corrupt {
  return ({ writer }, random) => {
    const event = oneOf(eventsOf(writer, name), random);
    change(event, random);
    return { bytes: ndjson(writer.events), position: event.globalposition };
  };
}

function scale({ data }: StoredEvent, random: Random): void {
  data['amount'] = Number(data['amount']) * oneOf([10, 100, 1000], random);
}
