import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import { describeWithPostgres, type TestSchema, testSchema } from '../testing/postgres-server.ts';
import { CLOUD_EVENTS } from './cloud-events.ts';
import { postgresSource } from './postgres.ts';
import type { Source } from './source.ts';

let schema: TestSchema;
let stop: AbortController;
beforeEach(async () => {
  schema = await testSchema();
  stop = new AbortController();
});
afterEach(async () => {
  await schema[Symbol.asyncDispose]();
});

interface Wanted {
  table?: string;
  orderBy?: string;
  where?: string;
  address?: string;
}

const open = ({
  table = 'entries',
  orderBy = 'id',
  where,
  address = schema.address,
}: Wanted = {}) =>
  postgresSource({
    name: 'rows',
    reading: CLOUD_EVENTS,
    address,
    table: table.includes('.') ? table : `${schema.name}.${table}`,
    orderBy,
    where,
    signal: stop.signal,
  });

async function linesOf(source: Source): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  for (const part of source.parts) for await (const chunk of part.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString().split('\n').slice(0, -1);
}

async function read(wanted: Wanted = {}): Promise<string[]> {
  await using source = await open(wanted);
  // Not before it is read may it be closed.
  return await linesOf(source);
}

async function refusal(wanted: Wanted): Promise<FintechError> {
  const error: unknown = await read(wanted).catch((thrown: unknown) => thrown);
  if (error instanceof FintechError) return error;
  throw new Error('nothing was refused', { cause: error });
}

describeWithPostgres('a table of PostgreSQL', () => {
  beforeEach(async () => {
    await schema.run('CREATE TABLE entries (id bigint, amount numeric)');
    await schema.run(
      'INSERT INTO entries VALUES (10, 0.10), (9, 12345678901234567890.1200), (9, 1)',
    );
  });

  test('is read in its order, and equal places in an order that stays', async () => {
    const rows = [
      '{"id":"9","amount":"1"}',
      '{"id":"9","amount":"12345678901234567890.1200"}',
      '{"id":"10","amount":"0.10"}',
    ];
    expect(await read()).toEqual(rows);
    expect(await read({ orderBy: 'id desc' })).toEqual([rows[2], rows[0], rows[1]]);
  });

  test('is read where the condition holds, in SQL of any form', async () => {
    expect(await read({ where: 'amount < 2 OR id = 10 -- a remark' })).toHaveLength(2);
    expect(await read({ where: `id IN (SELECT max(id) FROM ${schema.name}.entries)` })).toEqual([
      '{"id":"10","amount":"0.10"}',
    ]);
  });

  test('is one snapshot through all passes, whatever is committed meanwhile', async () => {
    await using source = await open();
    const before = await linesOf(source);
    await schema.run('INSERT INTO entries VALUES (11, 1); DELETE FROM entries WHERE id = 9');
    expect(await linesOf(source)).toEqual(before);
    expect(await read()).toHaveLength(2);
  });

  test('can be left half-way and read again', async () => {
    await schema.run('INSERT INTO entries SELECT n, n FROM generate_series(100, 5000) n');
    await using source = await open();
    for await (const chunk of source.parts[0]?.open() ?? []) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await linesOf(source)).toHaveLength(4904);
  });

  test('keeps every value as JSON can hold it', async () => {
    await schema.run(`CREATE DOMAIN money_amount AS numeric(20, 2)`);
    await schema.run(`CREATE TABLE odd ("Odd ""name" int, wide bigint, sum money_amount, nan numeric,
      at timestamptz, day date, nothing text, is_so bool, payload jsonb, raw json, list int[])`);
    await schema.run(`INSERT INTO odd VALUES (1, 9007199254740993, 5, 'NaN', '2026-03-01 10:00:00.5+02',
      '2026-03-01', NULL, true, '{"b": [1.10], "a": "x\\ny"}', E'{"a":\\n 1.10}', '{1,2}')`);
    const [line = ''] = await read({ table: 'odd', orderBy: '"Odd ""name"' });
    expect(line).toBe(
      '{"Odd \\"name":1,"wide":"9007199254740993","sum":"5.00","nan":"NaN",' +
        '"at":"2026-03-01T08:00:00.5+00:00","day":"2026-03-01","nothing":null,"is_so":true,' +
        '"payload":{"a": "x\\ny", "b": [1.10]},"raw":{"a":  1.10},"list":[1,2]}',
    );
  });

  test('may be a view', async () => {
    await schema.run('CREATE VIEW small AS SELECT * FROM entries WHERE amount < 2');
    expect(await read({ table: 'small' })).toHaveLength(2);
  });

  test.each<[string, Wanted, RegExp]>([
    [
      'a table that is not there',
      { table: 'nowhere' },
      /relation "test_\w+\.nowhere" does not exist/,
    ],
    ['a column that is not there', { orderBy: 'Id' }, /column fintech_row\.Id does not exist/],
    ['a condition that is no SQL', { where: 'id =' }, /syntax error/],
    ['two statements', { where: 'true); DELETE FROM entries; SELECT (1' }, /multiple commands/],
    ['a function that writes', { where: "nextval('numbers') > 0" }, /read-only transaction/],
    ['a table name that is none', { table: 'entries; DROP TABLE entries' }, /table cannot be read/],
  ])('%s is refused', async (_, wanted, message) => {
    await schema.run('CREATE SEQUENCE numbers');
    await schema.run(`ALTER ROLE CURRENT_USER SET search_path TO ${schema.name}`);
    const error = await refusal(wanted);
    await schema.run('ALTER ROLE CURRENT_USER RESET search_path');
    expect(error).toMatchObject({ code: 'VERIFY_SOURCE', message: expect.stringMatching(message) });
    expect(await read()).toHaveLength(3);
  });

  test('is no longer read once it is told to stop', async () => {
    await schema.run('INSERT INTO entries SELECT n, n FROM generate_series(100, 5000) n');
    await using source = await open();
    const reading = (async () => {
      for await (const chunk of source.parts[0]?.open() ?? []) {
        expect(chunk.length).toBeGreaterThan(0);
        stop.abort(new FintechError('INTERRUPTED', 'stop'));
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test.each<[string, (address: URL) => void, string]>([
    [
      'a wrong password',
      (address) => (address.password = 's3cret'),
      'password authentication failed for user "postgres"',
    ],
    ['a port where nothing listens', (address) => (address.port = '1'), 'nothing listens'],
    [
      'a host that is unknown',
      (address) => (address.hostname = 's3cret.invalid'),
      'host is unknown',
    ],
    ['a database that is not there', (address) => (address.pathname = '/no'), 'does not exist'],
  ])('%s is told without the address', async (_, change, message) => {
    const address = new URL(schema.address);
    change(address);
    const error = await refusal({ address: address.href });
    expect(error.message).toContain(message);
    expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret|postgres:\/\//);
  });

  test('an address that is none is told without it', async () => {
    for (const address of [
      'postgres://u:s3cret@ho st:99999/x',
      'postgres://u:s3cret@[/',
      '%%s3cret',
    ]) {
      const error = await refusal({ address });
      expect(error.code).toBe('VERIFY_SOURCE');
      expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
    }
  });
});
