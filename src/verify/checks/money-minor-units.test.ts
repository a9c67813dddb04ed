import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { VerifyConfig } from '../../model/verify-config.ts';
import { readPreset } from '../mapping/presets.ts';
import { ndjson } from '../testing/log-writer.ts';
import { judge, Scenario } from '../testing/scenario.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { foundIn, verifyMapped } from '../testing/verify-mapped.ts';

describe('money/minor-units', () => {
  const units = (amount: unknown, currency = 'EUR') =>
    judge('money/minor-units', new Scenario().post('t', [['a', 'debit', amount, currency]])).then(
      ({ found }) => found,
    );

  test.each([
    [100, 'EUR', []],
    [0, 'EUR', []],
    ['100', 'JPY', []],
    [19.99, 'EUR', ['1: 19.99']],
    [0.1 + 0.2, 'EUR', ['1: 0.30000000000000004']],
    ['19.99', 'EUR', ['1: "19.99"']],
    [2 ** 53, 'EUR', ['1: 9007199254740992']],
    [-5, 'EUR', ['1: -5']],
    [null, 'EUR', []],
    [[], 'EUR', ['1: a JSON array']],
    [100, 'eur', ['1: 100 of "eur", which is no ISO 4217 code']],
    [100, 'DEM', ['1: 100 of "DEM", which was withdrawn from ISO 4217']],
    [100, 'XAU', ['1: 100 of "XAU", which has no minor unit in ISO 4217']],
  ])('%j of %s', async (amount, currency, expected) => {
    expect(await units(amount, currency)).toEqual(expected);
  });

  test('100.0 and 1e2 went through a float, whatever they are worth', async () => {
    const bytes = ndjson(new Scenario().post('t', [['a', 'debit', 11_111]]).events).toString();
    for (const text of ['100.0', '1e2']) {
      const { findings } = await verifyBytes(Buffer.from(bytes.replace('11111', text)));
      expect(findings[0]).toMatchObject({ check: 'money/minor-units', actual: text });
    }
  });
});

describe('money/minor-units of what Stripe counts in its own way', () => {
  const found = async (net: number, currency: string) => {
    const preset = await readPreset('stripe-balance');
    const config = parse(typeof preset === 'string' ? preset : preset.text) as VerifyConfig;
    const record = { id: 'txn_1', type: 'charge', created: 1_767_225_600, net, currency };
    return foundIn(await verifyMapped(config, { stripe: [record] }));
  };

  test.each(['isk', 'ugx'])('%s in hundredths is exact where it is whole', async (currency) => {
    expect(await found(500, currency)).toEqual([]);
    expect(await found(550, currency)).toEqual(['money/minor-units at line:1: 550']);
  });

  test('others in minor units, and what is withdrawn is found all the same', async () => {
    expect(await found(550, 'mga')).toEqual([]);
    expect(await found(550, 'eur')).toEqual([]);
    expect(await found(550, 'jpy')).toEqual([]);
    expect(await found(550, 'HRK')).toEqual([
      'money/minor-units at line:1: 550 of "HRK", which was withdrawn from ISO 4217',
    ]);
  });
});
