import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { VerifyConfig } from '../model/verify-config.ts';
import { CHECKS } from './checks/catalogue.ts';
import type { CheckSettings } from './contract.ts';
import { type Maps, mergedMaps, readingOf } from './mapping/reading-of.ts';
import { shownPaths } from './mapping/shown-paths.ts';
import { explainCheck } from './report/explain.ts';
import { humanReport } from './report/human.ts';
import { settingsBy } from './settings.ts';
import type { Source } from './source/source.ts';
import { settingsBeside } from './testing/beside-log.ts';
import { renderingOf } from './testing/rendering.ts';
import { topicSource } from './testing/topic.ts';
import { memorySource, verifySources } from './testing/verify-bytes.ts';
import { mapsOf } from './testing/verify-mapped.ts';

const ROOT = join(import.meta.dirname, '../..');
const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

const recorded = (check: string, name: string) =>
  readFile(join(ROOT, 'test/logs', check.replace('/', '-'), `${name}.ndjson`));

/** What stands in `fintech.yaml` beside a recorded log that is not in the default vocabulary. */
async function mapsFor(check: string): Promise<Maps> {
  const file = join(ROOT, 'test/logs', check.replace('/', '-'), 'fintech.yaml');
  if (!existsSync(file)) return mapsOf({});
  const { verify } = parse(await readFile(file, 'utf8')) as { verify: VerifyConfig };
  return mapsOf(verify);
}

/** A recorded log as it is read, and the topic that was published from it where there is one. */
async function sourcesOf(check: string, name: string): Promise<Source[]> {
  const file = `${name}.ndjson`;
  const source = memorySource(file, [await recorded(check, name)]);
  const { reading } = readingOf({ name: file, files: file }, await mapsFor(check));
  const topic = topicFile(check, name);
  const published = existsSync(topic) ? [topicSource(await readFile(topic))] : [];
  return [{ ...source, reading }, ...published];
}

const topicFile = (check: string, name: string) =>
  join(ROOT, 'test/logs', check.replace('/', '-'), `${name}.topic.ndjson`);

/** What a recorded log is held to: what lies beside it, and its `fintech.yaml`. */
async function settingsFor(check: string, name: string): Promise<CheckSettings> {
  const folder = join(ROOT, 'test/logs', check.replace('/', '-'));
  if (existsSync(topicFile(check, name))) {
    return settingsBy({ outbox: { committed: `${name}.ndjson`, published: 'topic.ndjson' } });
  }
  return settingsBy(mergedMaps(await mapsFor(check)), await settingsBeside(folder, name));
}

/** What the example of a page has on its command line besides. */
const FLAGS: Readonly<Record<string, string>> = {
  'log/checkpoint': ' --checkpoint violation.checkpoint',
  'projection/diff': ' --read-model balances=ledger',
};

describe.each(CHECKS)('$id', (check) => {
  const { id, implies } = check;

  test('finds the recorded violation, and nothing else does but what it implies', async () => {
    const report = await verifySources(await sourcesOf(id, 'violation'), {
      settings: await settingsFor(id, 'violation'),
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
      const report = await verifySources(await sourcesOf(id, name), {
        settings: await settingsFor(id, name),
      });
      expect(report.findings).toEqual([]);
      expect(report.checks.find((said) => said.id === id)).toMatchObject({ verdict: 'consistent' });
    },
  );

  test('has its page, with an example as the program prints it', async () => {
    const sources = await sourcesOf(id, 'violation');
    const names = sources.map(({ name }) => name);
    const reproduce = () => `fintech verify ${names.join(' ')}${FLAGS[id] ?? ''} --only ${id}`;
    const settings = await settingsFor(id, 'violation');
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
