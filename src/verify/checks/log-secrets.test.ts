import { describe, expect, test } from 'vitest';
import type { VerifyConfig } from '../../model/verify-config.ts';
import { settingsBy } from '../settings.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { bank, judge, Scenario } from '../testing/scenario.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';

const CARD = '4539578763621486';
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

const noted = (...notes: Record<string, unknown>[]) => {
  const writer = new LogWriter();
  for (const data of notes) writer.append('s', 'notes.taken', data);
  return writer;
};
const secrets = (data: Record<string, unknown>, config: VerifyConfig = {}) =>
  judge('log/secrets', noted(data), { settings: settingsBy(config) }).then(({ found }) => found);

describe('a card number', () => {
  test.each([
    [{ pan: CARD }, ['1: a card number: 453957******1486']],
    [{ pan: Number(CARD) }, ['1: a card number: 453957******1486']],
    [{ text: 'card 4539-5787-6362-1486.' }, ['1: a card number: 4539-57**-****-1486']],
    [{ cards: [{ number: '5425233430109903' }] }, ['1: a card number: 542523******9903']],
    [{ amex: '3742 454554 00126' }, ['1: a card number: 3742 45**** *0126']],
    [{ pan: '6011000991300009' }, ['1: a card number: 601100******0009']],
    // Another check digit, an unknown issuer, too few or too many digits, part of a longer word.
    [{ pan: '4539578763621487' }, []],
    [{ pan: '9539578763621481' }, []],
    [{ pan: '453957876362' }, []],
    [{ reference: `00${CARD}99` }, []],
    [{ reference: `txn_${CARD}` }, []],
    [{ rate: `1.${CARD}` }, []],
    [{ digest: `a${CARD}` }, []],
    // A UUID whose first digits happen to be one; but not a card beside a UUID.
    [{ id: '45395787-6362-1486-abcd-0123456789ab' }, []],
    [
      { text: `45395787-6362-1486-abcd-0123456789ab ${CARD}` },
      ['1: a card number: 453957******1486'],
    ],
  ])('%j', async (data, expected) => {
    expect(await secrets(data)).toEqual(expected);
  });

  test('that is published for tests is none', async () => {
    const { found, said } = await judge(
      'log/secrets',
      noted({ text: '4242 4242 4242 4242' }, { pan: '378282246310005' }, { pan: 4000056655665556 }),
    );
    expect(found).toEqual([]);
    expect(said).toMatchObject({ checked: 3, skipped: 3 });
  });

  test('is none where the vocabulary reads an id or an amount', async () => {
    const scenario = bank()
      .open(CARD, 'liability')
      .post('t', [
        ['cash', 'debit', Number(CARD)],
        [CARD, 'credit', Number(CARD)],
      ]);
    scenario.append('s', 'ledger.account-entered', { accountId: CARD, transactionId: 't' });
    expect((await judge('log/secrets', scenario)).found).toEqual([]);
    const other = new Scenario();
    other.append('s', 'ledger.account-frozen', { accountId: 'a', note: CARD });
    expect((await judge('log/secrets', other)).found).toHaveLength(1);
  });

  test('is none in a member most of whose long numbers are none', async () => {
    const orders = ['4539578763621485', '4539578763621487', CARD];
    const { found, said } = await judge(
      'log/secrets',
      noted(...orders.map((order) => ({ order }))),
    );
    expect(found).toEqual([]);
    expect(said?.reason).toBe('most long numbers of its member are no card numbers');
    const cards = [CARD, '5425233430109903', '4539578763621487'];
    const kept = await judge('log/secrets', noted(...cards.map((card) => ({ card }))));
    expect(kept.found).toHaveLength(2);
  });

  test('of which too many are found makes it give up', async () => {
    const cards = Array.from({ length: 10_001 }, () => CARD);
    const { said } = await judge('log/secrets', noted({ cards }), { maxFindings: 1 });
    expect(said).toMatchObject({
      found: 10_000,
      reason: expect.stringContaining('more than 10000'),
    });
  });
});

describe('a key or a token', () => {
  test.each([
    [{ cvv: '123' }, 'a card verification value: ***'],
    [{ securityCode: 1234 }, 'a card verification value: ***'],
    [
      { pem: '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----' },
      'a private key',
    ],
    [{ text: `got ${TOKEN}` }, 'a JSON Web Token: eyJh…(49 characters)'],
    [{ headers: { authorization: 'Bearer q7Rk2Zp90wXuV5tLm' } }, 'a bearer token: Bear…'],
    [{ header: `Basic ${Buffer.from('alice:wonder').toString('base64')}` }, 'basic credentials'],
    [{ log: 'AKIA'.concat('ABCDEFGH2345QRST') }, 'an AWS access key: AKIA…(20 characters)'],
    [{ log: `ghp_${'a1B2c3D4e5F6'.repeat(3)}` }, 'a GitHub token'],
    [{ log: ['sk', 'live', 'a1B2c3D4e5F6g7H8'].join('_') }, 'a Stripe key: sk_l…(24 characters)'],
    [{ clientSecret: 'kD83_hq!0zPwT7vB' }, 'the value of a clientSecret: kD83…(16 characters)'],
    [{ 'api-key': '9f86d081884c7d659a2f' }, 'the value of a api-key'],
  ])('%j', async (data, what) => {
    const found = await secrets(data);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`1: ${what}`);
  });

  test.each([
    [{ cvv: 'checked', cvcCheck: '123', verificationCode: '123456' }],
    [{ text: 'eyJhbGci.no.token', kind: 'Bearer' }],
    [{ text: 'Bearer aaaaaaaaaaaaaaaaaaaaaa', note: 'Basic understanding' }],
    [{ password: '********************', clientSecret: 'set by the admin', apiKey: 'short' }],
    [{ key: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }],
    [{ id: '550e8400-e29b-41d4-a716-446655440000', token: 'tok_1N3T00LkdIwHu7ix' }],
    [{ text: '-----BEGIN PUBLIC KEY-----' }],
  ])('%j holds none', async (data) => {
    expect(await secrets(data)).toEqual([]);
  });
});

test('allowed paths are left out, and what lies below them', async () => {
  const allow = (...paths: string[]) => ({ checks: { 'log/secrets': { allow: paths } } });
  const data = { card: { number: CARD }, cards: [{ number: CARD }] };
  expect(await secrets(data, allow('data.card', 'data.cards.number'))).toEqual([]);
  expect(await secrets(data, allow('data.car', 'data.cards'))).toHaveLength(1);
});

test('no report of any check passes a secret on', async () => {
  const writer = new Scenario();
  const data = { accountId: 7, orderId: CARD, text: `by ${CARD}`, cvv: '123', token: TOKEN };
  writer.append('s', 'ledger.account-frozen', data);
  const report = await verifyBytes(ndjson(writer.events));
  const checks = new Set(report.findings.map(({ check }) => check));
  expect([...checks].toSorted()).toEqual(['log/mapping', 'log/secrets']);
  const text = JSON.stringify(report);
  for (const secret of [CARD, TOKEN, '"123"']) expect(text).not.toContain(secret);
  expect(text).toContain('453957******1486');
});

test('data that is base64 is skipped', async () => {
  const writer = noted({});
  const [event] = writer.events;
  if (event !== undefined) Object.assign(event, { data: undefined, data_base64: 'AAAA' });
  expect((await judge('log/secrets', writer)).said).toMatchObject({ checked: 0, skipped: 1 });
});
