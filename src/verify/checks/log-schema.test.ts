import { describe, expect, test } from 'vitest';
import { payloadValidator } from '../payload/payload-validator.ts';
import { settingsBy } from '../settings.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { logSchema } from './log-schema.ts';

/** What is found in one event with this data, written as JSON. */
async function schema(
  json: string,
  schema: object,
  { type = 'com.acme.words.v1', ignore = [] as string[] } = {},
) {
  const writer = new LogWriter();
  writer.append('s', 'words', {}).type = type;
  const bytes = ndjson(writer.events).toString().replace('"data":{}', `"data":${json}`);
  const schemas = new Map([['com.acme.words.v1', payloadValidator(schema)]]);
  const report = await verifyBytes(Buffer.from(bytes), {
    checks: [logSchema],
    settings: settingsBy({ ignore }, { schemas }),
  });
  return { found: report.findings.map(({ actual }) => actual), said: report.checks[0] };
}

const CLOSED = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string' }, parts: { type: 'array', items: { type: 'integer' } } },
};

describe('log/schema', () => {
  test('names the places that do not fit', async () => {
    expect((await schema('{"name":"a","parts":[1]}', CLOSED)).found).toEqual([]);
    expect((await schema('{"name":7,"parts":[1,"x"]}', CLOSED)).found).toEqual([
      'data.name must be string; data.parts.1 must be integer',
    ]);
    expect((await schema('[]', CLOSED)).found).toEqual(['data must be object']);
    const many = `{"name":"a","parts":${JSON.stringify(Array.from({ length: 9 }, String))}}`;
    expect((await schema(many, CLOSED)).found[0]).toMatch(/; and 4 more$/);
  });

  test('lets members through that a newer producer added, in alternatives too', async () => {
    expect((await schema('{"name":"a","new":1}', CLOSED)).found).toEqual([]);
    expect((await schema('{"new":1}', CLOSED)).found).toHaveLength(1);
    const either = { oneOf: [CLOSED, { type: 'object', required: ['id'] }] };
    expect((await schema('{"name":"a","new":1}', either)).found).toEqual([]);
    // Closed alternatives that only their members tell apart.
    const a = { properties: { a: {} }, additionalProperties: false };
    const b = { properties: { b: {} }, additionalProperties: false };
    expect((await schema('{"a":1}', { oneOf: [a, b] })).found).toEqual([]);
    const named = { properties: { additionalProperties: false, enum: { const: { a: false } } } };
    expect((await schema('{"additionalProperties":1}', named)).found).toHaveLength(1);
  });

  test('finds a type or version that is unknown, unless it is ignored', async () => {
    const typed = (type: string, ignore: string[] = []) => schema('{}', {}, { type, ignore });
    expect((await typed('com.acme.words.v2')).found).toEqual([
      'an unknown version, com.acme.words.v2',
    ]);
    expect((await typed('com.acme.audit.v1')).found).toEqual([
      'an unknown type, com.acme.audit.v1',
    ]);
    for (const ignored of ['com.acme.audit.v1', 'com.acme.*']) {
      const { found, said } = await typed('com.acme.audit.v1', [ignored]);
      expect(found).toEqual([]);
      expect(said?.reason).toBe('its type is under verify.ignore');
    }
  });

  test.each(['9007199254740993', '1e400', '-9007199254740993', '0.12345678901234567891'])(
    'judges %s through no float: it is skipped, and said',
    async (number) => {
      const { found, said } = await schema(`{"amount":${number}}`, {
        properties: { amount: { maximum: 1 } },
      });
      expect(found).toEqual([]);
      expect(said).toMatchObject({ checked: 0, skipped: 1, verdict: 'inconclusive' });
    },
  );

  test.each(['9007199254740992', '1.50', '15e-1', '0.1', '-0', '1E2', '100000000000000000000'])(
    'judges %s, which a double holds',
    async (number) => {
      const { said } = await schema(`{"amount":${number}}`, {
        properties: { amount: { type: 'number' } },
      });
      expect(said).toMatchObject({ checked: 1, skipped: 0, found: 0 });
    },
  );

  test('without schemas it is inconclusive and says so', async () => {
    const writer = new LogWriter();
    writer.append('s', 'words.said', {});
    const { checks } = await verifyBytes(ndjson(writer.events), { checks: [logSchema] });
    expect(checks).toMatchObject([
      { verdict: 'inconclusive', skipped: 0, reason: 'fintech.yaml has no verify.schemas' },
    ]);
  });
});
