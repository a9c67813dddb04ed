import { type Random, seededRandom } from '../../kernel/random.ts';
import { carryOut, causedBy } from './command-log.ts';
import { LogWriter } from './log-writer.ts';

/** A customer's account, as the generator keeps it. */
interface CustomerAccount {
  id: string;
  currency: string;
  /** Liability: grows by credits. Not below −overdraft + held. */
  balance: number;
  held: number;
  overdraft: number;
  state: 'open' | 'frozen' | 'closed';
}

export interface GeneratedLog {
  writer: LogWriter;
  customers: CustomerAccount[];
}

/** Minor units of 0, 2 and 3 decimals. */
const CURRENCIES = ['EUR', 'JPY', 'KWD'] as const;
const CUSTOMERS_EACH = 4;

type Side = [accountId: string, direction: string, amount: number | string];

interface Leg {
  accountId: string;
  direction: string;
  amount: number | string;
  currency: string;
}

/** A valid log of about this many events: the same seed, the same log. */
export function generateLog({ seed, events }: { seed: string; events: number }): GeneratedLog {
  const bank = new Bank(seededRandom(seed));
  while (bank.writer.events.length < events) bank.act();
  return { writer: bank.writer, customers: bank.customers };
}

/** A small bank that acts at random and never breaks a rule. */
class Bank {
  readonly writer = new LogWriter();
  readonly customers: CustomerAccount[] = [];
  readonly #random: Random;
  #counter = 0;
  #holds = 0;
  #givenBack = 0;

  constructor(random: Random) {
    this.#random = random;
    for (const currency of CURRENCIES) this.#openBooks(currency);
    // However short the log, one of each is in it.
    this.#refuse();
    while (this.#givenBack === 0) this.#payment();
  }

  act(): void {
    const acts = [
      () => this.#deposit(),
      () => this.#transfer(),
      () => this.#transfer(),
      () => this.#holdAndResolve(),
      () => this.#payment(),
      () => this.#exchange(),
      () => this.#freezeForAWhile(),
      () => this.#closeAndReplace(),
      () => this.#refuse(),
    ];
    this.#oneOf(acts)();
  }

  #openBooks(currency: string): void {
    for (const [name, kind] of [
      ['cash', 'asset'],
      ['equity', 'equity'],
      ['fees', 'income'],
      ['liquidity', 'equity'],
    ]) {
      this.#open(`${name}_${currency}`, { currency, kind });
    }
    // Beyond what a double can hold, so that sums have to be exact.
    const capital = '9007199254740993000';
    this.#post(
      [
        [`cash_${currency}`, 'debit', capital],
        [`equity_${currency}`, 'credit', capital],
      ],
      currency,
    );
    for (let i = 0; i < CUSTOMERS_EACH; i++) this.#openCustomer(currency);
  }

  #openCustomer(currency: string): void {
    const id = `acct_${currency.toLowerCase()}_${this.#next()}`;
    const overdraft = this.#random.fraction() < 0.3 ? 500 : 0;
    this.#open(id, { currency, kind: 'liability', ...(overdraft > 0 && { overdraft }) });
    this.customers.push({ id, currency, balance: 0, held: 0, overdraft, state: 'open' });
  }

  #open(accountId: string, terms: object): void {
    this.writer.append(`ledger-account-${accountId}`, 'ledger.account-opened', {
      accountId,
      ...terms,
    });
  }

  #deposit(): void {
    const customer = this.#anyone();
    const amount = 100 + this.#upTo(10_000);
    this.#post(
      [
        [`cash_${customer.currency}`, 'debit', amount],
        [customer.id, 'credit', amount],
      ],
      customer.currency,
    );
    customer.balance += amount;
  }

  #transfer(): void {
    const from = this.#anyone();
    const to = this.#someoneElse(from);
    const spendable = from.balance - from.held + from.overdraft;
    if (spendable < 2) return this.#deposit();
    const amount = 1 + this.#upTo(spendable - 1);
    const fee = amount > 1 ? this.#upTo(Math.min(5, amount - 1)) : 0;
    this.#post(
      [
        [from.id, 'debit', amount],
        [to.id, 'credit', amount - fee],
        // A leg of nothing could be lost without a trace.
        ...(fee === 0 ? [] : [[`fees_${from.currency}`, 'credit', fee] satisfies Side]),
      ],
      from.currency,
    );
    from.balance -= amount;
    to.balance += amount - fee;
  }

  /** A hold that is posted whole or in part, voided, or let expire; other things happen meanwhile. */
  #holdAndResolve(): void {
    const customer = this.#anyone();
    const spendable = customer.balance - customer.held + customer.overdraft;
    if (spendable < 2) return this.#deposit();
    const { currency } = customer;
    const amount = 2 + this.#upTo(spendable - 2);
    const holdId = `hold_${this.#next()}`;
    const stream = `ledger-hold-${holdId}`;
    this.writer.append(stream, 'ledger.hold-placed', {
      holdId,
      accountId: customer.id,
      amount,
      currency,
      ...(this.#random.fraction() < 0.5 && { expiresAt: this.writer.timeIn(3600) }),
    });
    customer.held += amount;
    this.#deposit();
    if (this.#random.fraction() < 0.5) this.#transfer();
    customer.held -= amount;
    const outcome = inTurn(['posted', 'voided', 'expired'] as const, this.#holds++);
    if (outcome !== 'posted')
      return void this.writer.append(stream, `ledger.hold-${outcome}`, { holdId });
    const taken = 1 + this.#upTo(amount - 1);
    const transactionId = this.#post(
      [
        [customer.id, 'debit', taken],
        [`cash_${currency}`, 'credit', taken],
      ],
      currency,
      { holdId },
    );
    this.writer.append(stream, 'ledger.hold-posted', { holdId, amount: taken, transactionId });
    customer.balance -= taken;
  }

  /** A payment captured in two parts, settled, and given back in part. */
  #payment(): void {
    const from = this.#anyone();
    const to = this.#someoneElse(from);
    const amount = 2 + this.#upTo(200);
    if (from.balance - from.held < amount) return this.#deposit();
    const { currency } = from;
    const paymentId = `pay_${this.#next()}`;
    const say = (step: string, data: object) =>
      this.writer.append(`payment-${paymentId}`, `payments.${step}`, { paymentId, ...data });
    const key = `key-${paymentId}`;
    say('initiated', { amount, currency, from: from.id, to: to.id, idempotencyKey: key });
    say('authorised', { holdId: `none_${paymentId}`, amount, currency });
    const first = 1 + this.#upTo(amount - 2);
    const captures = [first, amount - first].map((part) => {
      const transactionId = this.#move({ from, to, amount: part }, { paymentId });
      say('captured', { amount: part, currency, transactionId });
      return transactionId;
    });
    say('settled', {});
    if (to.balance - to.held < first) return;
    const back = { from: to, to: from, amount: first };
    const way = inTurn(['refunded', 'charged-back', 'reversed'] as const, this.#givenBack++);
    if (way === 'reversed') return void this.#move(back, { paymentId, reverses: captures[0] });
    const transactionId = this.#move(back, { paymentId });
    say(way, { refundId: `ref_${this.#next()}`, amount: first, currency, transactionId });
  }

  /** Two currencies through the liquidity accounts, balanced in each. */
  #exchange(): void {
    const from = this.#anyone();
    const to = this.#oneOf(
      this.customers.filter(
        ({ currency, state }) => currency !== from.currency && state === 'open',
      ),
    );
    const amount = 1 + this.#upTo(50);
    if (from.balance - from.held < amount) return this.#deposit();
    const bought = amount * 3;
    this.#append([
      { accountId: from.id, direction: 'debit', amount, currency: from.currency },
      {
        accountId: `liquidity_${from.currency}`,
        direction: 'credit',
        amount,
        currency: from.currency,
      },
      {
        accountId: `liquidity_${to.currency}`,
        direction: 'debit',
        amount: bought,
        currency: to.currency,
      },
      { accountId: to.id, direction: 'credit', amount: bought, currency: to.currency },
    ]);
    from.balance -= amount;
    to.balance += bought;
  }

  #freezeForAWhile(): void {
    const customer = this.#anyone();
    const { id: accountId } = customer;
    this.writer.append(`ledger-account-${accountId}`, 'ledger.account-frozen', { accountId });
    customer.state = 'frozen';
    this.#deposit();
    customer.state = 'open';
    this.writer.append(`ledger-account-${accountId}`, 'ledger.account-unfrozen', { accountId });
  }

  #closeAndReplace(): void {
    const customer = this.#anyone();
    if (customer.held > 0 || customer.balance < 0) return this.#deposit();
    if (customer.balance > 0) {
      this.#move({ from: customer, to: this.#someoneElse(customer), amount: customer.balance }, {});
    }
    const { id: accountId, currency } = customer;
    this.writer.append(`ledger-account-${accountId}`, 'ledger.account-closed', { accountId });
    customer.state = 'closed';
    this.#openCustomer(currency);
  }

  #move(
    { from, to, amount }: { from: CustomerAccount; to: CustomerAccount; amount: number },
    about: object,
  ): string {
    from.balance -= amount;
    to.balance += amount;
    return this.#post(
      [
        [from.id, 'debit', amount],
        [to.id, 'credit', amount],
      ],
      from.currency,
      about,
    );
  }

  #post(sides: readonly Side[], currency: string, about: object = {}): string {
    return this.#append(
      sides.map(([accountId, direction, amount]) => ({ accountId, direction, amount, currency })),
      about,
    );
  }

  #append(postings: readonly Leg[], about: object = {}): string {
    const transactionId = `txn_${this.#next()}`;
    const data = { transactionId, postings, ...about };
    if (this.#random.fraction() < 0.3) {
      this.#write(data);
      return transactionId;
    }
    const idempotencyKey = `key-${transactionId}`;
    const accepted = this.#random.fraction() < 0.3;
    const outcome = { status: 201, resourceId: transactionId };
    carryOut(this.writer, { key: idempotencyKey, accepted, outcome }, () =>
      this.#write({ ...data, idempotencyKey }),
    );
    return transactionId;
  }

  /** A transaction, and the entries of its accounts, which follow from it. */
  #write(data: { transactionId: string; postings: readonly Leg[]; idempotencyKey?: string }): void {
    const { transactionId, postings } = data;
    const stream = `ledger-transaction-${transactionId}`;
    const posted = this.writer.append(stream, 'ledger.transaction-posted', data);
    causedBy(this.writer, posted, () => {
      for (const accountId of new Set(postings.map((posting) => posting.accountId))) {
        this.writer.append(`ledger-account-${accountId}`, 'ledger.account-entered', {
          accountId,
          transactionId,
        });
      }
    });
  }

  /** A command that had no effect: its result is all there is of it. */
  #refuse(): void {
    const outcome = { status: 422, resourceId: 'none' };
    carryOut(this.writer, { key: `key-${this.#next()}`, accepted: true, outcome }, () => {});
  }

  #anyone(): CustomerAccount {
    return this.#oneOf(this.customers.filter(({ state }) => state === 'open'));
  }

  #someoneElse({ id, currency }: CustomerAccount): CustomerAccount {
    return this.#oneOf(
      this.customers.filter(
        (other) => other.state === 'open' && other.currency === currency && other.id !== id,
      ),
    );
  }

  #oneOf<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.#random.fraction() * from.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** A whole number from 0 to `most`. */
  #upTo(most: number): number {
    return Math.floor(this.#random.fraction() * (most + 1));
  }

  #next(): number {
    return ++this.#counter;
  }
}

/** So that even a short log has something of each. */
function inTurn<T>(values: readonly [T, ...T[]], turn: number): T {
  return values[turn % values.length] ?? values[0];
}
