import type { CheckReport } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import type { VerifyOptions } from '../verify.ts';
import { LogWriter, ndjson } from './log-writer.ts';
import { verifyBytes } from './verify-bytes.ts';

/** One posting of a scenario; EUR where no currency is said. */
export type Leg = [
  account: string,
  direction: 'debit' | 'credit',
  amount: unknown,
  currency?: string,
];

/** Writes the events of a scenario by what happens in it. */
export class Scenario extends LogWriter {
  open(accountId: string, kind: string | undefined, terms: object = {}): this {
    const data = { accountId, currency: 'EUR', ...(kind !== undefined && { kind }), ...terms };
    this.append(`account-${accountId}`, 'ledger.account-opened', data);
    return this;
  }

  step(accountId: string, step: string): this {
    this.append(`account-${accountId}`, `ledger.account-${step}`, { accountId });
    return this;
  }

  post(transactionId: string, legs: Leg[], more: object = {}): this {
    const postings = legs.map(([accountId, direction, amount, currency = 'EUR']) => ({
      accountId,
      direction,
      amount,
      currency,
    }));
    this.append(`tx-${transactionId}`, 'ledger.transaction-posted', {
      transactionId,
      postings,
      ...more,
    });
    return this;
  }

  hold(holdId: string, step: string, data: object = {}): this {
    this.append(`hold-${holdId}`, `ledger.hold-${step}`, { holdId, ...data });
    return this;
  }

  pay(paymentId: string, step: string, data: object): this {
    this.append(`payment-${paymentId}`, `payments.${step}`, { paymentId, ...data });
    return this;
  }

  /** `cash` lends `alice` this much. */
  fund(amount: unknown): this {
    return this.post('fund', [
      ['cash', 'debit', amount],
      ['alice', 'credit', amount],
    ]);
  }
}

/** Three open accounts in EUR and nothing in them: `cash` owns, `alice` and `bob` are owed. */
export const bank = (): Scenario =>
  new Scenario().open('cash', 'asset').open('alice', 'liability').open('bob', 'liability');

/** What one check finds, as `<position>: <actual>`, and what it says of its work. */
export const judge = async (
  check: string,
  scenario: LogWriter,
  options: Partial<VerifyOptions> = {},
): Promise<{ found: string[]; said: CheckReport | undefined }> => {
  const checks = CHECKS.filter(({ id }) => id === check);
  const { findings, checks: said } = await verifyBytes(ndjson(scenario.events), {
    checks,
    // The check itself, not what stands in for it.
    screen: undefined,
    ...options,
  });
  return {
    found: findings.map(({ actual, positions }) => `${positions.at(-1)}: ${actual}`),
    said: said[0],
  };
};
