import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKS } from './checks/catalogue.ts';
import { parseCheckpoint } from './checkpoint/checkpoint.ts';
import { parseNoteKey } from './checkpoint/note-key.ts';
import { openNote } from './checkpoint/signed-note.ts';
import type { CheckSettings } from './contract.ts';
import { explainCheck } from './report/explain.ts';
import { humanReport } from './report/human.ts';
import { settingsBy } from './settings.ts';
import { heldTo } from './testing/tree-head.ts';
import { memorySource, verifyBytes, verifySources } from './testing/verify-bytes.ts';

const ROOT = join(import.meta.dirname, '../..');
const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

const recorded = (check: string, name: string) =>
  readFile(join(ROOT, 'test/logs', check.replace('/', '-'), `${name}.ndjson`));

/** What a recorded log is held to: the checkpoint beside it, where there is one. */
async function settingsFor(check: string, name: string): Promise<CheckSettings> {
  const folder = join(ROOT, 'test/logs', check.replace('/', '-'));
  const note = join(folder, `${name}.checkpoint`);
  if (!existsSync(note)) return settingsBy({});
  const key = parseNoteKey((await readFile(join(folder, 'key.pub'), 'utf8')).trim());
  const opened = key && openNote(await readFile(note, 'utf8'), key);
  const saved = opened?.ok === true ? parseCheckpoint(opened.text) : undefined;
  if (saved === undefined) throw new Error(`${note} is no checkpoint by its key`);
  return settingsBy({}, heldTo(saved.head));
}

describe.each(CHECKS)('$id', (check) => {
  const { id, implies } = check;

  test('finds the recorded violation, and nothing else does but what it implies', async () => {
    const report = await verifyBytes(await recorded(id, 'violation'), {
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
      const report = await verifyBytes(await recorded(id, name), {
        settings: await settingsFor(id, name),
      });
      expect(report.findings).toEqual([]);
      expect(report.checks.find((said) => said.id === id)).toMatchObject({ verdict: 'consistent' });
    },
  );

  test('has its page, with an example as the program prints it', async () => {
    const held = id === 'log/checkpoint' ? ' --checkpoint violation.checkpoint' : '';
    const reproduce = () => `fintech verify violation.ndjson${held} --only ${id}`;
    const source = memorySource('violation.ndjson', [await recorded(id, 'violation')]);
    const settings = await settingsFor(id, 'violation');
    const report = await verifySources([source], { checks: [check], settings, reproduce });
    const rendering = {
      report,
      sources: ['violation.ndjson'],
      leftOut: CHECKS.filter((other) => other !== check).map(({ id }) => id),
      reads: new Map(CHECKS.map(({ id, reads }) => [id, reads])),
      show: 'fields' as const,
    };
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
