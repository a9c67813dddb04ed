import { settingsBy } from '../settings.ts';
import { describe, expect, test } from 'vitest';
import { isStoreAttribute } from '../../model/event.ts';
import { ndjson } from '../testing/log-writer.ts';
import { bank, judge, type Leg } from '../testing/scenario.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { CHECKS } from './catalogue.ts';

const withoutStoreAttributes = (event: object): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !isStoreAttribute(name)));

describe('a foreign log without the attributes of a store', () => {
  test('has no revisions and positions to check; its places are lines', async () => {
    const scenario = bank().post('t', [
      ['alice', 'debit', 1],
      ['bob', 'credit', 2],
    ]);
    const foreign = scenario.events.map(withoutStoreAttributes);
    const { checks, findings, head } = await verifyBytes(ndjson(foreign));
    const unsaid = checks.filter(
      ({ id, verdict }) => id.startsWith('log/') && verdict === 'inconclusive',
    );
    expect(unsaid.map(({ id, reason }) => [id, reason])).toEqual([
      ['log/revisions', 'the event carries no streamrevision'],
      ['log/order', 'the event carries no globalposition'],
      ['log/schema', 'fintech.yaml has no verify.schemas'],
      ['log/checkpoint', 'no --checkpoint was given'],
      ['log/clock', 'the event carries no recordedtime'],
    ]);
    expect(findings.find(({ check }) => check === 'ledger/balanced')?.positions).toEqual([
      'line:4',
    ]);
    expect(head).toBe('line:4');
  });
});

test.each(
  CHECKS.filter(
    ({ id }) =>
      ![
        'log/order',
        'log/envelope',
        'log/corruption',
        'log/checkpoint',
        'projection/diff',
        'projection/determinism',
        'log/mapping',
        'log/schema',
        'log/secrets',
        'outbox/gap',
        'money/minor-units',
        'ledger/balanced',
        // Their own tests have movements, of which the default vocabulary knows nothing.
        'ledger/conservation',
        'ledger/running-balance',
        'ledger/statement',
      ].includes(id),
  ),
)('$id gives up at its limit of keys, and is then never green', async ({ id }) => {
  const scenario = bank().hold('h', 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  scenario.hold('i', 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  scenario.hold('j', 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  for (const name of ['t', 'u', 'v']) {
    scenario.attributes = { correlationid: name, causationid: 'evt-000001' };
    const payment = { amount: 5, currency: 'EUR' };
    const legs: Leg[] = [
      ['cash', 'debit', 5],
      ['alice', 'credit', 5],
    ];
    scenario
      .pay(name, 'initiated', { ...payment, from: 'alice', to: 'bob' })
      .pay(name, 'authorised', { ...payment, holdId: 'none' })
      .post(name, legs, { paymentId: name })
      .pay(name, 'captured', { ...payment, transactionId: name })
      .append(name, 'ledger.command-completed', { commandId: name }).source = `/services/${name}`;
  }
  const settings = (maxKeys: number) => ({ settings: settingsBy({}, { maxKeys }) });
  expect((await judge(id, scenario, settings(2))).said).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('more than 2'),
  });
  expect((await judge(id, scenario, settings(100))).said?.verdict).toBe('consistent');
});
