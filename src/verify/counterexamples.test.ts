import { expect, test } from 'vitest';
import { CHECKS } from './checks/catalogue.ts';
import { defineCheck } from './checks/define.ts';
import { logOrder } from './checks/log-order.ts';
import type { Check } from './contract.ts';
import type { Counterexample } from './counterexamples.ts';
import { LogWriter, ndjson } from './testing/log-writer.ts';
import { recordedSettings, recordedSources } from './testing/recorded-log.ts';
import { bank } from './testing/scenario.ts';
import { memorySource, verifySources } from './testing/verify-bytes.ts';

/** They speak of the whole log, or of a secret that a slice would spread. */
const NEVER_CUT = [
  'log/checkpoint',
  'log/secrets',
  'projection/diff',
  'projection/determinism',
] as const;

async function cut(...[sources, options]: Parameters<typeof verifySources>) {
  const saved: Counterexample[] = [];
  const left: string[] = [];
  const report = await verifySources(sources, {
    ...options,
    counterexamples: {
      save: (example) => {
        saved.push(example);
        return Promise.resolve();
      },
      leave: (check) => void left.push(check),
    },
  });
  return { report, saved, left };
}

const isCut = ({ id }: Check) => NEVER_CUT.every((other) => other !== id);

async function cutRecorded(check: Check) {
  const sources = await recordedSources(check.id, 'violation');
  const settings = await recordedSettings(check.id, 'violation');
  return { sources, settings, ...(await cut(sources, { checks: [check], settings })) };
}

test.each(CHECKS.filter(isCut))(
  'a counterexample of $id is a log on which the check fails the same way',
  async (check) => {
    const { sources, settings, report, saved, left } = await cutRecorded(check);
    expect(left).toEqual([]);
    const slices = (saved[0]?.slices ?? []).flatMap(({ source, text }) =>
      sources
        .filter(({ name }) => name === source)
        .map(({ reading }) => ({
          ...memorySource(source, [Buffer.from(text, 'latin1')]),
          reading,
        })),
    );
    const again = await verifySources(slices, { checks: [check], settings });
    expect(again.findings.map(({ digest }) => digest)).toContain(report.findings[0]?.digest);
  },
);

test.each(CHECKS.filter((check) => !isCut(check)))(
  'nothing is cut out for $id, and that is told',
  async (check) => {
    const { report, saved, left } = await cutRecorded(check);
    expect(report.findings).toHaveLength(1);
    expect({ saved, left }).toEqual({ saved: [], left: [check.id] });
  },
);

test('what only shows behind other events is cut with them', async () => {
  const scenario = bank()
    .fund(100)
    .post('spend', [
      ['alice', 'debit', 101],
      ['bob', 'credit', 101],
    ]);
  const { saved } = await cut([memorySource('log.ndjson', [ndjson(scenario.events)])]);
  const example = saved.find(({ check }) => check === 'ledger/limits');
  expect(example?.slices[0]?.text).toContain('"spend"');
});

/** Finds the event that stands so far from the beginning, and would find it nowhere else. */
const nth = (number: number): Check =>
  defineCheck<'event'>({
    ...logOrder,
    id: 'my/nth',
    needs: ['event'],
    start: (evidence) => {
      let events = 0;
      return {
        take: ({ at }) => {
          evidence.checked();
          if (++events !== number) return;
          evidence.found({ message: '', expected: '', actual: '', events: [at], keys: [] });
        },
      };
    },
  });

test.each([
  [10_000, { saved: [10_000], left: [] }],
  [10_001, { saved: [], left: ['my/nth'] }],
])('what shows only behind %i events is saved up to a limit', async (number, expected) => {
  const writer = new LogWriter();
  for (let at = 0; at < 10_002; at++) writer.append(`words-${at}`, 'words.said', {});
  const source = memorySource('log.ndjson', [ndjson(writer.events)]);
  const { left, saved } = await cut([source], { checks: [nth(number)] });
  const lines = saved.map(({ slices }) => (slices[0]?.text.split('\n').length ?? 0) - 1);
  expect({ saved: lines, left }).toEqual(expected);
});
