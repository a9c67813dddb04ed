import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ndjson } from '../../src/verify/testing/log-writer.ts';
import { bank } from '../../src/verify/testing/scenario.ts';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';

const INVARIANT = `interface Hold { step: string; amount?: bigint }
export default {
  name: 'acme/small-holds',
  facts: ['hold'],
  initial: (): bigint => 0n,
  step: (most: bigint, { amount = 0n }: Hold): bigint => (amount > most ? amount : most),
  finish: (most: bigint) => (most > 100n ? \`a hold of \${most}\` : undefined),
};
`;

it("a workspace's own invariant runs beside ours, its types stripped by Node", async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  const file = join(cwd, 'invariants/holds.ts');
  write(join(cwd, 'fintech.yaml'), "name: acme\nverify: { invariants: ['invariants/*.ts'] }\n");
  write(file, INVARIANT);
  const scenario = bank().fund(1000);
  for (const [index, amount] of [50, 150, 70].entries()) {
    scenario.hold(`h${index}`, 'placed', { accountId: 'alice', amount, currency: 'EUR' });
  }
  write(join(cwd, 'log.ndjson'), ndjson(scenario.events).toString());
  const found = await fintechJson<{ findings: object[] }>(['verify', 'log.ndjson'], { cwd });
  expect(found.exitCode).toBe(3);
  expect(found.data.findings).toMatchObject([
    { message: 'acme/small-holds does not hold: a hold of 150', positions: ['6'] },
  ]);
  expect((await fintech(['verify', 'log.ndjson', '--no-code'], { cwd })).exitCode).toBe(0);
  write(file, INVARIANT.replace('amount > most', 'amount.nothing().x'));
  const thrown = await fintech(['verify', 'log.ndjson'], { cwd });
  expect(thrown.exitCode).toBe(4);
  expect(thrown.stdout).toMatch(
    /inconclusive +acme\/small-holds .*it threw at position 5: TypeError: .*\(invariants\/holds\.ts, line 6\)/,
  );
});
