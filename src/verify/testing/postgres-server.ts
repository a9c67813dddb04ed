import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { describe } from 'vitest';

/** A server's connection string, whose user may make schemas. `.ci/run` starts one. */
const ADDRESS = process.env['FINTECH_TEST_POSTGRES'] ?? '';

/** A suite that needs a PostgreSQL server. Where none is named it is skipped, and its name says why. */
export function describeWithPostgres(name: string, body: () => void): void {
  const title = ADDRESS === '' ? `${name} [FINTECH_TEST_POSTGRES names no server]` : name;
  // oxlint-disable-next-line vitest/valid-describe-callback, vitest/valid-title -- both are passed on
  describe.skipIf(ADDRESS === '')(title, body);
}

/** A schema of its own, and one who writes to it. */
export interface TestSchema extends AsyncDisposable {
  address: string;
  name: string;
  run(sql: string): Promise<unknown>;
}

export async function testSchema(): Promise<TestSchema> {
  const client = new Client({ connectionString: ADDRESS });
  await client.connect();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await client.query(`CREATE SCHEMA ${name}; SET search_path TO ${name}`);
  return {
    address: ADDRESS,
    name,
    run: (sql) => client.query(sql),
    [Symbol.asyncDispose]: async () => {
      await client.query(`DROP SCHEMA ${name} CASCADE`);
      await client.end();
    },
  };
}
