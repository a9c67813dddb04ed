/**
 * The nearest SQL to five of the checks, by DuckDB: `node bench/duckdb-checks.ts <file>`. Prints
 * milliseconds, reading included; what it finds must be nothing.
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [, , file = ''] = process.argv;
const LOAD = `CREATE TABLE events AS SELECT * FROM read_json('${file.replaceAll("'", "''")}',
  format = 'newline_delimited', columns = {
    id: 'VARCHAR', source: 'VARCHAR', subject: 'VARCHAR', streamrevision: 'BIGINT',
    globalposition: 'BIGINT', data: 'STRUCT("transactionId" VARCHAR, "idempotencyKey" VARCHAR,
      postings STRUCT("accountId" VARCHAR, direction VARCHAR, amount BIGINT, currency VARCHAR)[])'
  })`;
const POSTINGS = `CREATE TABLE postings AS SELECT globalposition, p."accountId" AS account, p.currency,
  CASE p.direction WHEN 'credit' THEN p.amount ELSE -p.amount END AS amount
  FROM (SELECT globalposition, unnest(data.postings) AS p FROM events WHERE data.postings IS NOT NULL)`;
const repeated = (columns: string) =>
  `SELECT ${columns} FROM events GROUP BY ALL HAVING count(*) > 1`;
const CHECKS = {
  'balance per transaction':
    'SELECT globalposition, currency FROM postings GROUP BY ALL HAVING sum(amount) <> 0',
  'revision gaps': `SELECT * FROM (SELECT streamrevision - lag(streamrevision, 1, -1)
    OVER (PARTITION BY subject ORDER BY globalposition) AS step FROM events) WHERE step <> 1`,
  'duplicate ids': repeated('source, id'),
  'double effects': `SELECT source, data."transactionId" AS key FROM events
    WHERE data.postings IS NOT NULL GROUP BY ALL HAVING count(*) > 1 UNION ALL
    SELECT source, data."idempotencyKey" AS key FROM events WHERE data."idempotencyKey" IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1`,
  overdrafts: `SELECT * FROM (SELECT account, sum(amount) OVER (PARTITION BY account, currency
    ORDER BY globalposition) AS balance FROM postings WHERE account <> 'cash_EUR') WHERE balance < 0`,
};

const startMs = performance.now();
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(LOAD);
await connection.run(POSTINGS);
for (const [name, sql] of Object.entries(CHECKS)) {
  const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM (${sql})`);
  const [[found] = []] = reader.getRows();
  if (found !== 0) throw new Error(`DuckDB finds ${String(found)} ${name}`);
}
console.log(performance.now() - startMs);
