import { closeSync, openSync, writeSync } from 'node:fs';

const ACCOUNTS = 10_000;
const BATCH_BYTES = 4_194_304;
const START_MS = Date.UTC(2027, 0, 1);

/**
 * Writes a valid ledger log of this many events, 350 to 450 bytes each on average: accounts opened,
 * transactions of two postings, each account told of them, holds placed and posted. Always the same.
 */
export function writeLedgerLog(path: string, events: number): void {
  const bank = new Bank();
  const file = openSync(path, 'w', 0o600);
  while (bank.events < events) {
    bank.act(events);
    if (bank.text.length > BATCH_BYTES) bank.flush(file);
  }
  bank.flush(file);
  closeSync(file);
}

interface Move {
  from: number;
  to: number;
  amount: number;
  more?: string;
}

class Bank {
  events = 0;
  text = '';
  readonly #balances = new Float64Array(ACCOUNTS);
  readonly #revisions = new Int32Array(ACCOUNTS);
  #transactions = 0;
  #opened = 0;
  #state = 17;

  flush(file: number): void {
    writeSync(file, this.text);
    this.text = '';
  }

  act(limit: number): void {
    if (this.#opened < Math.min(ACCOUNTS, limit / 100)) return this.#open();
    const [from, to] = [this.#anyone(), this.#anyone()];
    const amount = 1 + this.#upTo(20_000);
    if (from === to || (this.#balances[from] ?? 0) < amount)
      return this.#move({ from: 0, to, amount });
    if (this.#upTo(20) === 0) return this.#hold(from, amount);
    this.#move({ from, to, amount });
  }

  /** Account 0 is the bank's cash. */
  #open(): void {
    const number = this.#opened++;
    const kind = number === 0 ? 'asset' : 'liability';
    const data = `"currency":"EUR","kind":"${kind}","accountId":"${nameOf(number)}"`;
    this.#onAccount(number, 'account-opened', data);
  }

  #move({ from, to, amount, more = '' }: Move): void {
    if (from === to) return;
    const id = `txn_${pad(++this.#transactions)}`;
    const sides = [
      `{"accountId":"${nameOf(from)}","direction":"debit"`,
      `{"accountId":"${nameOf(to)}","direction":"credit"`,
    ];
    const postings = sides.map((side) => `${side},"amount":${amount},"currency":"EUR"}`).join();
    const data = `"transactionId":"${id}","postings":[${postings}],"idempotencyKey":"key-${id}"${more}`;
    this.#append(`ledger-transaction-${id}`, 'transaction-posted', { revision: 0, data });
    for (const account of [from, to]) {
      const entry = `"accountId":"${nameOf(account)}","transactionId":"${id}"`;
      this.#onAccount(account, 'account-entered', entry);
    }
    if (from !== 0) this.#add(from, -amount);
    if (to !== 0) this.#add(to, amount);
  }

  #hold(from: number, amount: number): void {
    const id = `hold_${pad(this.#transactions + 1)}`;
    const stream = `ledger-hold-${id}`;
    const placed = `"holdId":"${id}","accountId":"${nameOf(from)}","amount":${amount},"currency":"EUR"`;
    this.#append(stream, 'hold-placed', { revision: 0, data: placed });
    this.#move({ from, to: 0, amount, more: `,"holdId":"${id}"` });
    const posted = `"holdId":"${id}","amount":${amount},"transactionId":"txn_${pad(this.#transactions)}"`;
    this.#append(stream, 'hold-posted', { revision: 1, data: posted });
  }

  #onAccount(account: number, type: string, data: string): void {
    const revision = this.#revisions[account] ?? 0;
    this.#revisions[account] = revision + 1;
    this.#append(`ledger-account-${nameOf(account)}`, type, { revision, data });
  }

  #append(
    stream: string,
    type: string,
    { revision, data }: { revision: number; data: string },
  ): void {
    const number = ++this.events;
    const time = new Date(START_MS + number * 10).toISOString();
    this.text += `{"specversion":"1.0","id":"${uuid(number)}","source":"/services/ledger","type":"com.acme.ledger.${type}.v1","subject":"${stream}","time":"${time}","data":{${data}},"streamrevision":${revision},"globalposition":"${number}","recordedtime":"${time}"}\n`;
  }

  #add(account: number, amount: number): void {
    this.#balances[account] = (this.#balances[account] ?? 0) + amount;
  }

  #anyone(): number {
    return 1 + this.#upTo(this.#opened - 1);
  }

  /** A whole number below this. */
  #upTo(end: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * end);
  }
}

function nameOf(account: number): string {
  return account === 0 ? 'cash_EUR' : `acct_${pad(account)}`;
}

function pad(number: number): string {
  return String(number).padStart(8, '0');
}

/** Looks like a random UUID, and is not the same for any two numbers. */
function uuid(number: number): string {
  const hex = (factor: number) => (Math.imul(number, factor) >>> 0).toString(16).padStart(8, '0');
  const [a, b, c, d] = [hex(0x9e3779b1), hex(0x85ebca6b), hex(0xc2b2ae35), hex(0x27d4eb2f)];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
}
