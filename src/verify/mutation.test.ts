import { describe, expect, test } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { CHECKS } from './checks/catalogue.ts';
import { settingsBy } from './settings.ts';
import { CORRUPTIONS } from './testing/corruptions.ts';
import { generateLog } from './testing/generate-log.ts';
import { ndjson } from './testing/log-writer.ts';
import { heldTo, treeHeadOf } from './testing/tree-head.ts';
import { verifyBytes } from './testing/verify-bytes.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const { FINTECH_SEED } = process.env;
const SEEDS =
  FINTECH_SEED === undefined ? Array.from({ length: 20 }, (_, i) => `${i + 1}`) : [FINTECH_SEED];
const EVENTS = 500;

test('every check has a fault of its own', () => {
  expect(Object.keys(CORRUPTIONS).sort()).toEqual(CHECKS.map(({ id }) => id).sort());
});

test.each(SEEDS)(
  'a valid log gives no finding, and every check something to check (seed %s)',
  async (seed) => {
    const bytes = ndjson(generateLog({ seed, events: EVENTS }).writer.events);
    const settings = settingsBy({}, heldTo(treeHeadOf(bytes, EVENTS / 2)));
    const report = await verifyBytes(bytes, { settings });
    expect(report.findings).toEqual([]);
    expect(report.checks.filter(({ checked, skipped }) => checked === 0 || skipped > 0)).toEqual(
      [],
    );
    expect(report.verdict).toBe('consistent');
  },
);

describe.each(CHECKS)('$id', ({ id, implies }) => {
  const faults = Object.entries(CORRUPTIONS[id] ?? {});
  const cases = faults.flatMap(([name, corrupt]) => SEEDS.map((seed) => ({ name, corrupt, seed })));

  test.each(cases)(
    'is broken, and no other, when $name (seed $seed)',
    async ({ corrupt, seed }) => {
      const log = generateLog({ seed, events: EVENTS });
      const { bytes, position, settings } = corrupt(log, seededRandom(`${seed} fault`));
      const { verdict, checks, findings } = await verifyBytes(bytes, {
        settings: settingsBy({}, settings),
      });
      expect(verdict).toBe('inconsistent');
      expect(
        findings.filter(({ check }) => check === id).flatMap(({ positions }) => positions),
      ).toContain(position);
      const broken = checks.filter(({ found }) => found > 0).map((check) => check.id);
      expect(broken.filter((other) => other !== id && !implies.includes(other))).toEqual([]);
    },
  );
});
