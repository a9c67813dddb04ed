import { expect, test } from 'vitest';
import type { Report } from '../../model/verify-report.ts';
import type { Projection } from '../projection/projection.ts';
import { settingsBy } from '../settings.ts';
import { countProjection } from '../testing/live-models.ts';
import { ndjson } from '../testing/log-writer.ts';
import { bank } from '../testing/scenario.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { readProjection } from '../user/user-code.ts';
import { userProjection } from '../user/user-projection.ts';
import { projectionDeterminism } from './projection-determinism.ts';

/** Positions 1 to 3 open accounts, twenty more move money. */
const story = () => {
  const scenario = bank();
  for (let index = 0; index < 20; index++) {
    scenario.post(`t${index}`, [
      ['cash', 'debit', 1],
      ['alice', 'credit', 1],
    ]);
  }
  return scenario;
};

function run(...projections: Projection[]): Promise<Report> {
  return verifyBytes(ndjson(story().events), {
    checks: [projectionDeterminism],
    settings: settingsBy({}, { projections }),
  });
}

const own = (members: object) =>
  userProjection(
    readProjection(
      {
        name: 'acme/own',
        facts: ['transaction'],
        initial: () => ({ count: 0 }),
        step: (state: { count: number }) => ({ count: state.count + 1 }),
        entries: (state: object) => Object.entries(state),
        ...members,
      },
      'own.ts',
    ),
  );

test('pure folds come to the same, ours beside the user’s', async () => {
  const { verdict, checks } = await run(countProjection(), own({}));
  expect([verdict, checks]).toEqual([
    'consistent',
    [expect.objectContaining({ checked: 3, skipped: 0, found: 0 })],
  ]);
});

let calls = 0;
const shared = { count: 0 };
test.each<[string, object, { which: string; position: string }]>([
  [
    'counts its own calls',
    { step: () => ({ count: ++calls }) },
    { which: 'second run', position: '4' },
  ],
  [
    'starts from a state it shares',
    { initial: () => shared, step: bump },
    { which: 'restarted', position: '9' },
  ],
  [
    'knows its facts by identity',
    {
      initial: () => ({ marks: new Set([SECRET]), count: 0 }),
      step: (state: { marks: Set<symbol | object>; count: number }) => ({
        ...state,
        count: state.count + (state.marks.has(SECRET) ? 1 : 2),
      }),
      entries: ({ count }: { count: number }) => [['count', count]],
    },
    { which: 'restarted', position: '8' },
  ],
])('one that %s is found where its folds part', async (_, members, { which, position }) => {
  const { findings } = await run(own(members));
  expect(findings).toMatchObject([
    {
      check: 'projection/determinism',
      message: expect.stringContaining(which) as string,
      positions: [position],
      digest: expect.any(String) as string,
    },
  ]);
});

test.each<[string, object, string]>([
  ['throws', { step: thrower }, 'acme/own threw: at position 4: Error: no (own.ts)'],
  ['gives a promise', { step: () => Promise.resolve() }, 'step() gave a promise'],
  ['gives no entries', { entries: () => 7 }, 'entries() gives a list'],
  [
    'gives a key twice',
    {
      entries: () => [
        ['a', 1],
        ['a', 2],
      ],
    },
    'gave the key a twice',
  ],
  ['gives no pairs', { entries: () => ['a'] }, 'entries() gives pairs of a key'],
  [
    'cannot be saved',
    { initial: () => ({ say: () => 1 }), step: same },
    'its state cannot be saved',
  ],
])('one that %s is at fault: inconclusive, and ours is still tried', async (_, members, reason) => {
  const { verdict, checks } = await run(own(members));
  expect([verdict, checks[0]?.verdict, checks[0]?.checked]).toEqual([
    'inconclusive',
    'inconclusive',
    1,
  ]);
  expect(checks[0]?.reason).toContain(reason);
});

test('without a projection of the user’s it has nothing to do', async () => {
  expect((await run()).checks[0]).toMatchObject({
    verdict: 'inconclusive',
    reason: 'verify.projections names none',
  });
});

test.each<[object, string]>([
  [{ entries: undefined }, 'own.ts exports no projection: entries is a function'],
  [{ name: 'own' }, 'own.ts exports no projection: name is an area and a name'],
])('what is no projection is refused', (members, message) => {
  expect(() => own(members)).toThrow(message);
});

const SECRET = {};

function bump(state: { count: number }): object {
  state.count++;
  return state;
}

function same(state: object): object {
  return state;
}

function thrower(): never {
  throw new Error('no');
}
