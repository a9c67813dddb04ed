import { type Random, seededRandom } from '../../kernel/random.ts';
import { LogWriter, type StoredEvent } from './log-writer.ts';

/** An account of single-entry books, and the statement that is open for it. */
interface SimpleAccount {
  id: string;
  currency: string;
  balance: bigint;
  statement: number;
  opening: bigint;
  entries: number;
  credits: bigint;
  debits: bigint;
}

const CURRENCIES = ['EUR', 'JPY', 'KWD'] as const;
const ACCOUNTS_EACH = 4;
const MOVEMENTS_A_DAY = 40;
const MOVEMENTS_A_STATEMENT = 120;

/** The vocabulary-free half of a bank: signed movements with the balance after them, and statements. */
export class SimpleBooks {
  readonly writer: LogWriter = new LogWriter();
  readonly accounts: readonly SimpleAccount[];
  readonly #random: Random;
  #movements = 0;

  constructor(seed: string) {
    this.#random = seededRandom(seed);
    this.accounts = CURRENCIES.flatMap((currency) =>
      Array.from({ length: ACCOUNTS_EACH }, (_, index) => ({
        id: `${currency.toLowerCase()}-${index + 1}`,
        currency,
        balance: 0n,
        statement: 1,
        opening: 0n,
        entries: 0,
        credits: 0n,
        debits: 0n,
      })),
    );
    // Beyond what a double can hold, so that sums have to be exact.
    for (const account of this.accounts) this.book(account, 9_007_199_254_740_993n, 'deposited');
  }

  /** Goes on until the log has about this many events. */
  runTo(events: number): void {
    while (this.writer.events.length < events) this.#act();
  }

  /** Closes the statement of every account. */
  close(): void {
    for (const account of this.accounts) this.#state(account);
  }

  /** Money from one account to another of its currency, in one append. */
  transfer(amount: bigint): void {
    const from = this.#anyone();
    const to = this.#oneOf(
      this.accounts.filter((other) => other !== from && other.currency === from.currency),
    );
    this.writer.together(() => {
      this.book(from, -amount, 'transferred');
      this.book(to, amount, 'transferred');
    });
  }

  /** One movement, with the balance that follows from it. */
  book(account: SimpleAccount, amount: bigint, type: string): StoredEvent {
    account.balance += amount;
    account.entries++;
    if (amount < 0n) account.debits -= amount;
    else account.credits += amount;
    const day = 1 + Math.floor(this.#movements++ / MOVEMENTS_A_DAY);
    return this.writer.append(`account-${account.id}`, `bank.${type}`, {
      account: account.id,
      amount: String(amount),
      currency: account.currency,
      balance: String(account.balance),
      bookedOn: new Date(Date.UTC(2027, 0, day)).toISOString().slice(0, 10),
      statement: statementOf(account),
    });
  }

  #act(): void {
    if (this.#movements % MOVEMENTS_A_STATEMENT === 0) this.#state(this.#anyone());
    const amount = BigInt(1 + Math.floor(this.#random.fraction() * 1_000_000));
    const how = this.#random.fraction();
    if (how < 0.2) this.book(this.#anyone(), amount, 'deposited');
    else if (how < 0.4) this.book(this.#anyone(), -amount, 'withdrawn');
    else this.transfer(amount);
  }

  #state(account: SimpleAccount): void {
    const { id, currency, opening, balance, entries, credits, debits } = account;
    this.writer.append(`statement-${id}`, 'bank.statement-issued', {
      id: statementOf(account),
      account: id,
      currency,
      opening: String(opening),
      closing: String(balance),
      entries,
      credits: String(credits),
      debits: String(debits),
    });
    account.statement++;
    account.opening = balance;
    account.entries = 0;
    account.credits = 0n;
    account.debits = 0n;
  }

  #anyone(): SimpleAccount {
    return this.#oneOf(this.accounts);
  }

  #oneOf<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.#random.fraction() * from.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}

function statementOf({ id, statement }: SimpleAccount): string {
  return `${id}/${statement}`;
}
