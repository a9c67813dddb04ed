import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainCheck } from '../report/explain.ts';
import { humanReport } from '../report/human.ts';
import { renderingOf } from '../testing/rendering.ts';
import { HISTORY_CHECKS } from './catalogue.ts';
import type { HistoryModel } from '../../model/history-models.ts';
import { judgeHistory } from './history.fixture.ts';

const ROOT = join(import.meta.dirname, '../../..');
const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

describe.each(HISTORY_CHECKS)('$id', (check) => {
  const { id, models } = check;
  const folder = join(ROOT, 'test/logs', id.replace('/', '-'));
  const extension = existsSync(join(folder, 'violation.edn')) ? 'edn' : 'ndjson';
  const recorded = (name: string) => readFile(join(folder, `${name}.${extension}`));
  const [model = 'register'] = models;
  const command = `fintech verify --history violation.${extension} --model ${model}`;
  const judged = async (name: string, as: HistoryModel = model) =>
    judgeHistory(await recorded(name), as, { reproduce: command });

  test('finds the recorded violation', async () => {
    const { findings } = await judged('violation');
    const found = findings.map(({ check, message, positions }) => ({ check, message, positions }));
    await expect(
      found.map((finding) => `${JSON.stringify(finding)}\n`).join(''),
    ).toMatchFileSnapshot(join(folder, 'expected.ndjson'));
    expect(found).toHaveLength(1);
  });

  test.each(['legal', 'clean'])(
    'has something to check and finds nothing in the %s history',
    async (name) => {
      expect(await judged(name)).toMatchObject({
        verdict: 'consistent',
        findings: [],
        checks: [{ id, verdict: 'consistent' }],
      });
    },
  );

  test('has its page, with an example as the program prints it', async () => {
    const rendering = renderingOf(await judged('violation'), {
      sources: [`violation.${extension}`],
    });
    const example = `## Example\n\n\`\`\`\n$ ${command}\n${humanReport(rendering, STYLE)}\n\`\`\`\n`;
    await expect(`${explainCheck(check)}\n${example}`).toMatchFileSnapshot(
      join(ROOT, 'docs/checks', `${id.replace('/', '-')}.md`),
    );
  });
});
