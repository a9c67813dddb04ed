import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  describeWithPostgres,
  type TestSchema,
  testSchema,
} from '../../src/verify/testing/postgres-server.ts';
import { fintech, fintechJson, temporaryFolder, write } from '../cli/program.ts';

interface Report {
  verdict: string;
  events: number;
  findings: { check: string; events: unknown[] }[];
}

let folder: ReturnType<typeof temporaryFolder>;
let schema: TestSchema;
beforeEach(async () => {
  folder = temporaryFolder();
  schema = await testSchema();
  await schema.run('CREATE TABLE entries (n bigint, tx text, acc text, dr numeric, cr numeric)');
  await schema.run(`INSERT INTO entries VALUES (1, 'a', 'cash', 10.00, NULL), (2, 'a', 'equity', NULL, 10.00),
    (3, 'b', 'cash', 12345678901234567890.12, NULL), (4, 'b', 'equity', NULL, 12345678901234567890.12)`);
  write(
    join(folder.path, 'fintech.yaml'),
    `verify:
  sources:
    - name: entries
      postgres: "\${LEDGER_DB_URL}"
      table: ${schema.name}.entries
      orderBy: n
      log: { envelope: { position: n }, order: increasing, revisions: none }
  map:
    - source: entries
      posting: { transaction: tx, account: acc, debit: { path: dr, unit: major }, credit: { path: cr, unit: major }, currency: { value: EUR } }
`,
  );
});
afterEach(async () => {
  await schema[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const verify = (address = schema.address) =>
  fintechJson<Report>(['verify'], { cwd: folder.path, env: { LEDGER_DB_URL: address } });

describeWithPostgres('verify over a table of PostgreSQL', () => {
  it('checks one row a posting, to the last digit', async () => {
    expect(await verify()).toMatchObject({
      exitCode: 0,
      data: { verdict: 'consistent', events: 4 },
    });
    await schema.run('UPDATE entries SET cr = cr + 0.01 WHERE n = 4');
    const { exitCode, data } = await verify();
    expect(exitCode).toBe(3);
    expect(data.findings).toMatchObject([
      {
        check: 'ledger/balanced',
        events: [{ n: '3' }, { n: '4', cr: '12345678901234567890.13' }],
      },
    ]);
  });

  it('prints nothing of the address, whatever goes wrong', async () => {
    const address = new URL(schema.address);
    address.password = 's3cret';
    const ended = await fintech(['verify', '--verbose'], {
      cwd: folder.path,
      env: { LEDGER_DB_URL: address.href },
    });
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('password authentication failed');
    expect(ended.stderr + ended.stdout).not.toMatch(/s3cret|postgres:\/\//);
  });
});
