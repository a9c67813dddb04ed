import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { BASE_PATH_OF_LEDGER } from '../../src/names.ts';
import { type HttpFake, httpFake, type Seen, sendJson } from './http-fake.ts';

/** What goes wrong with the next call that changes something. */
export type Fault = 'cut-before' | 'cut-after' | '500-after' | 'never-answers' | '503';

interface Account {
  currency: string;
  kind: string;
  status: string;
  balance: number;
  held: number;
}

type Answer = [status: number, body: object];

/** A ledger that keeps accounts and holds in memory, remembers keys, and fails as it is told. */
export class FakeLedger implements AsyncDisposable {
  readonly accounts = new Map<string, Account>();
  readonly holds = new Map<string, { accountId: string; amount: number; status: string }>();
  /** Applied to one changing call each, in order. */
  readonly faults: Fault[] = [];
  /** Told of each call that was done, before it is answered. */
  onDone: (key: string) => void = () => {};
  /** While true, it answers 503 to everything. */
  away = false;
  readonly #answers = new Map<string, Answer>();
  #fake: HttpFake | undefined;

  static async open(...ids: string[]): Promise<FakeLedger> {
    const ledger = new FakeLedger();
    for (const id of ids) ledger.put(id);
    ledger.#fake = await httpFake((seen, reply) => ledger.#answer(seen, reply));
    return ledger;
  }

  put(id: string, some: Partial<Account> = {}): void {
    const account = { currency: 'EUR', kind: 'liability', status: 'open', balance: 0, held: 0 };
    this.accounts.set(id, { ...account, ...this.accounts.get(id), ...some });
  }

  get url(): string {
    return this.#fake?.url ?? '';
  }

  get balances(): Record<string, number> {
    return Object.fromEntries([...this.accounts].map(([id, { balance }]) => [id, balance]));
  }

  /** How many pending holds there are. */
  get pending(): number {
    return [...this.holds.values()].filter(({ status }) => status === 'pending').length;
  }

  /** Keys of the calls that changed something, each once, in order. */
  get keys(): string[] {
    return [...this.#answers.keys()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fake?.[Symbol.asyncDispose]();
  }

  #answer({ method, url, headers, body }: Seen, reply: ServerResponse): void {
    if (url === '/token') return sendJson(reply, 200, { access_token: 't', expires_in: 300 });
    if (this.away) return sendJson(reply, 503, {});
    const path = url.slice(BASE_PATH_OF_LEDGER.length);
    if (method === 'GET') return sendJson(reply, ...this.#look(path.split('/')[2] ?? ''));
    const fault = this.faults.shift();
    if (fault === 'cut-before') return void reply.destroy();
    if (fault === '503') return sendJson(reply, 503, {});
    const key = String(headers['idempotency-key']);
    const answer = this.#answers.get(key) ?? this.#change(path.split('/'), JSON.parse(body));
    // As the ledger does: what is unknown today may exist tomorrow.
    if (answer[0] !== 404) this.#answers.set(key, answer);
    this.onDone(key);
    if (fault === 'cut-after') return void reply.destroy();
    if (fault === '500-after') return sendJson(reply, 500, {});
    if (fault === 'never-answers') return undefined;
    return sendJson(reply, ...answer);
  }

  #look(id: string): Answer {
    const account = this.accounts.get(id);
    return account ? [200, { accountId: id, ...account }] : problem(404, 'account-unknown');
  }

  #change([, what, id = '', verb]: string[], body: Body): Answer {
    if (what === 'accounts') {
      this.put(body.accountId, { currency: body.currency });
      return [201, body];
    }
    if (what === 'transactions') return this.#move(body.postings);
    if (verb === undefined) return this.#place(body);
    return verb === 'void' ? this.#void(id) : this.#post(id, body);
  }

  #place({ holdId, accountId, amount, currency }: Body): Answer {
    const account = this.accounts.get(accountId);
    const fault = usable(account) ?? (account?.currency === currency ? undefined : mismatch);
    if (fault !== undefined || account === undefined) return fault ?? problem(404, '');
    if (account.balance - account.held < amount) return problem(422, 'insufficient-funds');
    account.held += amount;
    this.holds.set(holdId, { accountId, amount, status: 'pending' });
    return [201, { holdId, status: 'pending' }];
  }

  #void(id: string): Answer {
    const hold = this.holds.get(id);
    if (hold?.status !== 'pending') return problem(409, 'hold-resolved');
    this.#free(hold, 'voided');
    return [200, { holdId: id, status: 'voided' }];
  }

  #post(id: string, { toAccountId, amount }: Body): Answer {
    const hold = this.holds.get(id);
    if (hold?.status !== 'pending') return problem(409, 'hold-resolved');
    const fault = usable(this.accounts.get(hold.accountId));
    if (fault !== undefined) return fault;
    this.#free(hold, 'posted');
    return this.#move([
      { accountId: hold.accountId, direction: 'debit', amount },
      { accountId: toAccountId, direction: 'credit', amount },
    ]);
  }

  #free(hold: { accountId: string; amount: number; status: string }, status: string): void {
    hold.status = status;
    const account = this.accounts.get(hold.accountId);
    if (account) account.held -= hold.amount;
  }

  #move(postings: Body['postings']): Answer {
    for (const { accountId, direction, amount } of postings) {
      const account = this.accounts.get(accountId);
      const fault = usable(account);
      if (fault !== undefined || account === undefined) return fault ?? problem(404, '');
      if (direction === 'debit' && account.balance - account.held < amount) {
        return problem(422, 'insufficient-funds');
      }
    }
    for (const { accountId, direction, amount } of postings) {
      const account = this.accounts.get(accountId);
      if (account) account.balance += direction === 'debit' ? -amount : amount;
    }
    return [201, { transactionId: randomUUID() }];
  }
}

interface Body {
  holdId: string;
  accountId: string;
  toAccountId: string;
  amount: number;
  currency: string;
  postings: { accountId: string; direction: string; amount: number }[];
}

const mismatch = problem(422, 'currency-mismatch');

function usable(account: Account | undefined): Answer | undefined {
  if (account === undefined) return problem(404, 'account-unknown');
  return account.status === 'open' ? undefined : problem(409, `account-${account.status}`);
}

function problem(status: number, code: string): Answer {
  return [status, { type: `urn:bank:problem:${code}` }];
}
