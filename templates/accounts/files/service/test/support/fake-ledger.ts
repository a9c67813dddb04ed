import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEDGER, WORKSPACE } from '../../src/names.ts';
import type { Variables } from '../../src/platform/environment.ts';
import type { MemoryEventStore } from './memory-event-store.ts';

/**
 * What goes wrong with one call: it is cut or fails before or after it was done, takes long, comes
 * twice, or is answered by somebody else.
 */
export type Fault = 'cut' | 'cut-after' | 'fail' | 'fail-after' | 'late' | 'twice' | 'stranger';

interface Answer {
  status: number;
  body: object;
}

interface Wanted {
  accountId: string;
  currency: string;
  kind: string;
  overdraft?: number;
}

const CHANGES: Readonly<Record<string, { event: string; from: string[]; to: string }>> = {
  freeze: { event: 'account-frozen', from: ['open'], to: 'frozen' },
  unfreeze: { event: 'account-unfrozen', from: ['frozen'], to: 'open' },
  close: { event: 'account-closed', from: ['open'], to: 'closed' },
};

/** A ledger with accounts, idempotency keys and events in the log; and an issuer of tokens. */
export class FakeLedger implements AsyncDisposable {
  /** Of each call that reached it: path and key. */
  readonly calls: string[] = [];
  /** One for each call to come; then all goes well. */
  readonly faults: Fault[] = [];
  /** While false, every call fails before it is done. */
  up = true;
  readonly #store: MemoryEventStore;
  readonly #accounts = new Map<string, Wanted & { status: string }>();
  readonly #answers = new Map<string, Answer>();
  readonly #server: Server;

  static async open(store: MemoryEventStore): Promise<FakeLedger> {
    const ledger = new FakeLedger(store);
    await new Promise<void>((resolve) => ledger.#server.listen(0, '127.0.0.1', resolve));
    return ledger;
  }

  private constructor(store: MemoryEventStore) {
    this.#store = store;
    this.#server = createServer((request, reply) => {
      const { url = '', headers } = request;
      void text(request).then((body) => {
        if (url === '/token') return send(reply, 200, { access_token: 't', expires_in: 300 });
        return this.#answer({ url, body, key: String(headers['idempotency-key']) }, reply);
      });
    });
  }

  /** What a service is told so that it finds this ledger and its tokens. */
  get variables(): Variables {
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const name = `${LEDGER.toUpperCase().replaceAll('-', '_')}_URL`;
    return { [name]: url, FINTECH_TOKEN_URL: `${url}/token` };
  }

  /** Opens an account as somebody else would; `unseen` where the log is read late. */
  openBySomebody(wanted: Wanted, { unseen = false } = {}): void {
    if (unseen) this.#accounts.set(wanted.accountId, { overdraft: 0, ...wanted, status: 'open' });
    else this.#open(wanted);
  }

  /** Moves money onto a liability account, from nowhere. */
  credit(accountId: string, amount: number): void {
    const postings = [{ accountId, direction: 'credit', amount, currency: 'EUR' }];
    this.#record('transaction', crypto.randomUUID(), {
      name: 'transaction-posted',
      data: { postings },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(call: { url: string; body: string; key: string }, reply: ServerResponse) {
    this.calls.push(`${call.url} ${call.key}`);
    const fault = this.up ? this.faults.shift() : 'fail';
    if (fault === 'cut') return reply.destroy();
    if (fault === 'stranger') return send(reply, 404, { message: 'Not Found' });
    if (fault === 'fail') return send(reply, 503, { type: 'urn:x:problem:store-unavailable' });
    const { status, body } = this.#once(call);
    if (fault === 'twice') this.#once(call);
    if (fault === 'cut-after') return reply.destroy();
    if (fault === 'fail-after') return send(reply, 500, { type: 'urn:x:problem:internal' });
    if (fault === 'late') await sleep(300);
    return send(reply, status, body);
  }

  /** The answer to a key stays what it was first. */
  #once({ url, body, key }: { url: string; body: string; key: string }): Answer {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#do(url, body);
    this.#answers.set(key, answer);
    return answer;
  }

  #do(url: string, body: string): Answer {
    const [, accountId = '', change = ''] = /\/accounts\/([^/]+)\/(\w+)$/.exec(url) ?? [];
    if (accountId === '') return this.#open(JSON.parse(body) as Wanted);
    const account = this.#accounts.get(accountId);
    const rule = CHANGES[change];
    if (account === undefined || rule === undefined) return problem(404, 'account-unknown');
    if (!rule.from.includes(account.status)) return problem(409, `account-${account.status}`);
    account.status = rule.to;
    this.#record('account', accountId, { name: rule.event, data: { accountId } });
    return { status: 200, body: { accountId, status: rule.to } };
  }

  #open(wanted: Wanted): Answer {
    const { accountId, currency, kind, overdraft = 0 } = wanted;
    const known = this.#accounts.get(accountId);
    if (known === undefined) {
      this.#accounts.set(accountId, { ...wanted, overdraft, status: 'open' });
      this.#record('account', accountId, { name: 'account-opened', data: wanted });
      return { status: 201, body: { ...wanted, overdraft } };
    }
    const same = [known.currency, known.kind, known.overdraft].join();
    if (same === [currency, kind, overdraft].join()) return { status: 200, body: wanted };
    return problem(409, 'account-exists');
  }

  #record(stream: string, id: string, { name, data }: { name: string; data: object }): void {
    const type = `${WORKSPACE}.ledger.${name}.v1`;
    this.#store.record(`${LEDGER}-${stream}-${id}`, { type, data });
  }
}

function problem(status: number, code: string): Answer {
  const type = `urn:${WORKSPACE}:problem:${code}`;
  return { status, body: { type, title: 'Conflict', status, detail: `the ledger says ${code}` } };
}

function send(reply: ServerResponse, status: number, body: object): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
