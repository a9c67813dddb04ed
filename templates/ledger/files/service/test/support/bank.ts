import type { LightMyRequestResponse } from 'fastify';
import { Instance, type InstanceOptions } from './instance.ts';

/** A running ledger, and what tests do with it. */
export class Bank extends Instance {
  static override async open(options: InstanceOptions = {}): Promise<Bank> {
    const bank = new Bank(options);
    await bank.start();
    return bank;
  }

  /** Posts a transaction that moves money from one account to the other. */
  move(
    amount: number,
    { from, to, key = crypto.randomUUID() }: { from: string; to: string; key?: string },
  ): Promise<LightMyRequestResponse> {
    const postings = [
      { accountId: from, direction: 'debit', amount, currency: 'EUR' },
      { accountId: to, direction: 'credit', amount, currency: 'EUR' },
    ];
    return this.post('/transactions', { postings }, { 'idempotency-key': key });
  }

  /** Opens customer accounts, and one of the bank's own that funds them. */
  async openAccounts(...ids: string[]): Promise<void> {
    await this.post('/accounts', { accountId: 'capital', currency: 'EUR', kind: 'equity' });
    for (const accountId of ids) {
      await this.post('/accounts', { accountId, currency: 'EUR', kind: 'liability' });
    }
  }

  async balanceOf(accountId: string): Promise<number> {
    return (await this.get(`/accounts/${accountId}`)).json<{ balance: number }>().balance;
  }
}
