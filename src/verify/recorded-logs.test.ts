import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKS } from './checks/catalogue.ts';
import { shownPaths } from './mapping/shown-paths.ts';
import { explainCheck } from './report/explain.ts';
import { humanReport } from './report/human.ts';
import { recordedSettings, recordedSources } from './testing/recorded-log.ts';
import { renderingOf } from './testing/rendering.ts';
import { verifySources } from './testing/verify-bytes.ts';

const ROOT = join(import.meta.dirname, '../..');
const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

/** What the example of a page has on its command line besides. */
const FLAGS: Readonly<Record<string, string>> = {
  'log/checkpoint': ' --checkpoint violation.checkpoint',
  'projection/diff': ' --read-model balances=ledger',
};

describe.each(CHECKS)('$id', (check) => {
  const { id, implies } = check;

  test('finds the recorded violation, and nothing else does but what it implies', async () => {
    const report = await verifySources(await recordedSources(id, 'violation'), {
      settings: await recordedSettings(id, 'violation'),
    });
    const found = report.findings.map(({ check, message, positions }) => ({
      check,
      message,
      positions,
    }));
    await expect(
      found.map((finding) => `${JSON.stringify(finding)}\n`).join(''),
    ).toMatchFileSnapshot(join(ROOT, 'test/logs', id.replace('/', '-'), 'expected.ndjson'));
    expect(found.filter((finding) => finding.check === id)).toHaveLength(1);
    expect(found.filter((other) => other.check !== id && !implies.includes(other.check))).toEqual(
      [],
    );
  });

  test.each(['legal', 'clean'])(
    'has something to check and finds nothing in the %s log',
    async (name) => {
      const report = await verifySources(await recordedSources(id, name), {
        settings: await recordedSettings(id, name),
      });
      expect(report.findings).toEqual([]);
      expect(report.checks.find((said) => said.id === id)).toMatchObject({ verdict: 'consistent' });
    },
  );

  test('has its page, with an example as the program prints it', async () => {
    const sources = await recordedSources(id, 'violation');
    const names = sources.map(({ name }) => name);
    const reproduce = () => `fintech verify ${names.join(' ')}${FLAGS[id] ?? ''} --only ${id}`;
    const settings = await recordedSettings(id, 'violation');
    const report = await verifySources(sources, { checks: [check], settings, reproduce });
    const rendering = renderingOf(report, {
      sources: names,
      leftOut: CHECKS.filter((other) => other !== check).map(({ id }) => id),
      ...shownPaths(CHECKS, { readings: sources.map(({ reading }) => reading), show: 'fields' }),
    });
    // Without the list of what was left out: every page would change with every new check.
    const printed = humanReport(rendering, STYLE).replace(/\nNot checked: .*/, '');
    const example = ['## Example', `$ ${reproduce()}\n${printed}`]
      .join('\n\n```\n')
      .concat('\n```\n');
    await expect(`${explainCheck(check)}\n${example}`).toMatchFileSnapshot(
      join(ROOT, 'docs/checks', `${id.replace('/', '-')}.md`),
    );
  });
});
