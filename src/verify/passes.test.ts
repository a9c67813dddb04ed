import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import type { Report } from '../model/verify-report.ts';
import { CHECKS } from './checks/catalogue.ts';
import { MAX_PASSES } from './passes.ts';
import { settingsBy } from './settings.ts';
import { CORRUPTIONS } from './testing/corruptions.ts';
import { generateLog } from './testing/generate-log.ts';
import { ndjson } from './testing/log-writer.ts';
import { verifyBytes } from './testing/verify-bytes.ts';

const { FINTECH_SEED = '1' } = process.env;
/** Its weighing of lost causes counts what one pass sees. */
const WEIGHS = 'saga/causation';
const KEYED = CHECKS.filter(({ isKeyed, id }) => isKeyed && id !== WEIGHS);

function judge(bytes: Buffer, maxKeys: number): Promise<Report> {
  const settings = settingsBy({}, { maxKeys });
  return verifyBytes(bytes, {
    checks: KEYED,
    settings,
    screen: undefined,
    maxFindings: 1000,
    maxPasses: MAX_PASSES,
  });
}

/** All but the order in which reasons came up. */
function said({ checks, findings }: Report): unknown {
  return {
    findings,
    checks: checks.map((check) => ({ ...check, reason: check.reason?.split('; ').toSorted() })),
  };
}

const logs = Object.entries(CORRUPTIONS).flatMap(([check, faults]) =>
  Object.entries(faults).map(([name, corrupt]) => ({ check, name, corrupt })),
);

test.each(logs)(
  `$check: $name, is judged the same in passes that keep 200 keys each (seed ${FINTECH_SEED})`,
  async ({ corrupt }) => {
    const log = generateLog({ seed: FINTECH_SEED, events: 600 });
    const { bytes } = corrupt(log, seededRandom(FINTECH_SEED));
    expect(said(await judge(bytes, 200))).toEqual(said(await judge(bytes, 1_000_000)));
  },
);

test('a log with more keys than all passes hold is inconclusive, never green', async () => {
  const bytes = ndjson(generateLog({ seed: FINTECH_SEED, events: 300 }).writer.events);
  const { checks } = await judge(bytes, 0);
  expect(checks.find(({ id }) => id === 'log/duplicates')).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the log has more than 0 events',
  });
});
