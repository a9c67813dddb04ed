import { describe, expect, test } from 'vitest';
import { CHECKS } from './checks/catalogue.ts';
import { CLEAN_LOGS, MUTATIONS, tryMutation, verifySpecimen } from './testing/mutations.ts';

/** `FINTECH_SEED=17` runs one seed again. `npm run mutation` runs many more, on longer logs. */
const { FINTECH_SEED } = process.env;
const SEEDS =
  FINTECH_SEED === undefined ? Array.from({ length: 10 }, (_, i) => `${i + 1}`) : [FINTECH_SEED];
const EVENTS = 500;

test('every check has a fault of its own', () => {
  const faulty = new Set(MUTATIONS.map(({ check }) => check));
  expect([...faulty].sort()).toEqual(CHECKS.map(({ id }) => id).sort());
});

test.each(SEEDS)(
  'valid logs give no finding, and every check something to check in one of them (seed %s)',
  async (seed) => {
    const idle = new Set(CHECKS.map(({ id }) => id));
    for (const clean of Object.values(CLEAN_LOGS)) {
      const { verdict, findings, checks } = await verifySpecimen(clean({ seed, events: EVENTS }));
      expect(findings).toEqual([]);
      expect(verdict).toBe('consistent');
      for (const { id, checked, skipped } of checks)
        if (checked > 0 && skipped === 0) idle.delete(id);
    }
    expect([...idle]).toEqual([]);
  },
);

describe.each(CHECKS)('$id', ({ id }) => {
  const cases = MUTATIONS.filter(({ check }) => check === id).flatMap((mutation) =>
    SEEDS.map((seed) => ({ name: mutation.name, mutation, seed })),
  );

  test.each(cases)(
    'is broken, and no other, when $name (seed $seed)',
    async ({ mutation, seed }) => {
      const outcome = await tryMutation(mutation, { seed, events: EVENTS });
      expect(outcome).toEqual({ detected: true, located: true, unimplied: [] });
    },
  );
});
