import { expect, test } from 'vitest';
import { columnsQuery, rowsQuery } from './postgres-query.ts';

const rows = (orderBy: string, table = 't') => rowsQuery({ table, orderBy }, []);
const orderOf = (orderBy: string) => /ORDER BY (.*), "fintech_row"::text/.exec(rows(orderBy))?.[1];

test.each([
  ['ledger_entries', '"ledger_entries"'],
  ['public.ledger_entries', '"public"."ledger_entries"'],
  ['Public.Entries', '"Public"."Entries"'],
  ['"odd name"."with.dot"', '"odd name"."with.dot"'],
  ['"with ""quotes"""', '"with ""quotes"""'],
  ['büchungen', '"büchungen"'],
])('a table called %s is quoted', (table, quoted) => {
  expect(columnsQuery({ table, orderBy: 'id' })).toBe(`SELECT * FROM ${quoted} LIMIT 0`);
});

test.each([
  'entries; DROP TABLE entries',
  'entries e',
  'entries)',
  'a..b',
  'a.',
  '"open',
  '',
  "x'y",
])('%j is no table', (table) => {
  expect(() => columnsQuery({ table, orderBy: 'id' })).toThrow(
    new SyntaxError(`table cannot be read: ${table}`),
  );
});

test.each([
  ['id', '"fintech_row"."id" asc'],
  ['booked_on desc, id', '"fintech_row"."booked_on" desc, "fintech_row"."id" asc'],
  ['"a, b" DESC,c ASC', '"fintech_row"."a, b" DESC, "fintech_row"."c" ASC'],
])('%s is an order', (orderBy, sql) => expect(orderOf(orderBy)).toBe(sql));

test.each(['id;', 'id nulls first', 'lower(id)', '', 'a,,b', 'id desc; DELETE FROM t'])(
  '%j is no order',
  (orderBy) =>
    expect(() => rows(orderBy)).toThrow(new SyntaxError(`orderBy cannot be read: ${orderBy}`)),
);
