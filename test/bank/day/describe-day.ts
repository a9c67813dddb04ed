import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/kernel/random.ts';
import { FAULTS } from '../fault-proxy.ts';
import type { Stored } from '../running-bank.ts';
import { Day, type DayOptions } from './day.ts';
import { lastStatusOf } from './errand.ts';
import { balancesAfter, CURRENCIES } from './plan.ts';

const MINUTES = 60_000;
const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

export const DAY: string = `payments (FINTECH_TEST_SEED=${seed})`;

/** What must be so after a day of business, whatever driver runs the bank. */
export function describeDay(options: Omit<DayOptions, 'seed'>): void {
  let day: Day;
  let log: Stored[];

  beforeAll(async () => {
    day = await Day.begin({ ...options, seed });
    await day.payments();
    await day.ready(MINUTES);
    await day.quiet({ forMs: 3000, withinMs: 2 * MINUTES });
    log = await day.bank.events();
    await day.delivered(outgoing(log).length, MINUTES);
  }, 15 * MINUTES);
  afterAll(() => day[Symbol.asyncDispose](), MINUTES);

  it('was a bad one: every kind of fault, kills, restarts, duplicates', () => {
    const { kills, restarts } = day.disruptor;
    for (const fault of FAULTS) {
      const times = day.proxies.reduce((sum, { counts }) => sum + counts[fault], 0);
      expect(times, fault).toBeGreaterThan(0);
    }
    expect(Math.min(kills, restarts)).toBeGreaterThan(0);
    expect(day.tally.doubled / day.tally.commands).toBeGreaterThan(0.05);
    expect(day.tally.again).toBeGreaterThan(0);
    expect(day.receiver.failed).toBeGreaterThan(0);
  });

  it('told every customer what was to be, and the same whenever it was asked the same', () => {
    expect(day.tally.faults).toEqual([]);
  });

  it('ends with every payment in the state that its customer was told', async () => {
    const { payments } = day.plan;
    const found = await Promise.all(
      payments.map(async ({ name }) => {
        const { status, captured, refunded } = await day.bank.get(
          `/v1/payments/${day.ids.get(name)}`,
        );
        return { name, status, captured, refunded };
      }),
    );
    expect(found).toEqual(
      payments.map((payment) => {
        const { name, captured, refunds } = payment;
        const refunded = refunds.reduce((sum, refund) => sum + refund, 0);
        return {
          name,
          status: lastStatusOf(payment),
          ...(captured === 0 ? {} : { captured, refunded }),
        };
      }),
    );
  });

  it('moved every amount exactly once', async () => {
    const expected = balancesAfter(day.plan);
    const found = await Promise.all(
      Object.keys(expected).map(async (accountId) => {
        const { balance } = await day.bank.get(`/v1/accounts/${accountId}/balance`);
        return [accountId, balance];
      }),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('holds what is authorised and nothing else; nothing is left in clearing', async () => {
    const open = day.plan.payments.filter(({ fate }) => fate === 'left-open');
    const pending = [...log.reduce(foldHold, new Map<string, number>())];
    expect(Object.fromEntries(pending)).toEqual(
      Object.fromEntries(open.map(({ name, amount }) => [day.ids.get(name), amount])),
    );
    for (const currency of CURRENCIES) {
      const clearing = await day.bank.get(`/v1/ledger/accounts/clearing-${currency}`);
      expect(clearing).toMatchObject({ balance: 0, held: 0 });
    }
  });

  it('ends with a trial balance of zero in every currency', async () => {
    const { currencies } = await day.bank.get('/v1/ledger/trial-balance');
    const balanced = CURRENCIES.map((currency) =>
      expect.objectContaining({ currency, balanced: true }),
    );
    expect(currencies).toEqual(balanced);
  });

  it('ends with a log that verifies, and read models equal to it', async () => {
    const models = ['balances=ledger', 'holds=ledger', 'balances=accounts', 'payments=payments'];
    const flags = models.flatMap((model) => ['--read-model', model]);
    const must = 'projection/diff,saga/completion,ledger/double-effect,ledger/conservation';
    const { exitCode, stdout, stderr } = await day.bank.run('verify', ...flags, '--require', must);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/consistent +projection\/diff +checked [1-9]/);
  });

  describe('the receiver of webhooks', () => {
    it('acted once on each event that it asked for, and on nothing else', () => {
      expect([...day.receiver.acted.values()].map(keyOf).sort()).toEqual(
        outgoing(log).map(keyOf).sort(),
      );
      expect(day.receiver.deliveries).toBeGreaterThan(day.receiver.acted.size);
      expect(day.receiver.forged).toBe(0);
    });

    it('heard of each subject in the order in which things happened', () => {
      const happened = outgoing(log);
      const subjects = new Map(happened.map((said) => [keyOf(said), said.subject]));
      const heard = [...day.receiver.acted.values()].map((message) => {
        return { ...message, subject: subjects.get(keyOf(message)) ?? '' };
      });
      expect(bySubject(heard)).toEqual(bySubject(happened));
    });
  });
}

interface Said {
  type: string;
  data: Record<string, unknown>;
}

type Happened = Said & { subject: string };

/** Events that the receiver asked for, as it is told of them. */
function outgoing(log: readonly Stored[]): Happened[] {
  return log
    .filter(({ type }) => /^bank\.payments\.(?!command-)/.test(type))
    .map(({ type, data, subject }) => {
      return { type: type.replace(/^bank\.(.*)\.v1$/, '$1'), data, subject };
    });
}

function bySubject(list: readonly Happened[]): Record<string, string[]> {
  const groups = Map.groupBy(list, ({ subject }) => subject);
  return Object.fromEntries([...groups].map(([subject, said]) => [subject, said.map(keyOf)]));
}

function keyOf({ type, data }: Said): string {
  return `${type} ${JSON.stringify(data)}`;
}

function foldHold(pending: Map<string, number>, { type, data }: Stored): Map<string, number> {
  const [, what] = /\.ledger\.hold-(\w+)\.v1$/.exec(type) ?? [];
  const id = String(data['holdId']);
  if (what === 'placed') pending.set(id, Number(data['amount']));
  else if (what !== undefined) pending.delete(id);
  return pending;
}
