import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../kernel/random.ts';
import { hasOrder } from './brute-force.fixture.ts';
import { type Call, type Effect, NOTHING } from './register-model.ts';
import { Search, type SearchRoom } from './search.ts';
import { Whole, withoutIdle } from './part.ts';
import { leaveOut, shrink, upTo } from './shrink.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const { FINTECH_SEED } = process.env;
const SEEDS =
  FINTECH_SEED === undefined ? Array.from({ length: 20 }, (_, i) => `${i + 1}`) : [FINTECH_SEED];
const HISTORIES = 250;

const room = (configurations = 1_000_000, characters = 1_000_000): SearchRoom => ({
  configurations,
  characters,
});
const verdictOf = (calls: readonly Call[]) => new Search(calls, room()).run(1_000_000);
const minimal = async (calls: readonly Call[]) => {
  const search = new Search(calls, room());
  search.run(1_000_000);
  const options = { room: room(), maxSteps: 1_000_000, isOver: () => false };
  return (await shrink(calls, search.blocked, options)).calls;
};

const pick = <T>(items: readonly T[], random: Random): T =>
  items[Math.floor(random.fraction() * items.length)] as T;

function registerEffect(random: Random): Effect {
  const value = () => pick(['1', '2', '"a', NOTHING], random);
  switch (pick(['read', 'write', 'cas'] as const, random)) {
    case 'read':
      return { kind: 'read', value: value() };
    case 'write':
      return { kind: 'write', value: value() };
    case 'cas':
      return { kind: 'cas', from: value(), to: value() };
  }
}

function storeEffect(random: Random): Effect {
  const text = () => pick(['', 'a', 'b', 'ab'], random);
  switch (pick(['read', 'read', 'write', 'append'] as const, random)) {
    case 'read':
      return { kind: 'read', value: pick([NOTHING, `"${text()}${text()}`], random) };
    case 'write':
      return { kind: 'write', value: pick([NOTHING, `"${text()}`], random) };
    case 'append':
      return { kind: 'append', text: text() };
  }
}

/** Up to seven calls of up to four processes, some of them open. */
function randomCalls(random: Random, effect: (random: Random) => Effect): Call[] {
  const length = 2 + Math.floor(random.fraction() * 6);
  const free = Array.from({ length: 4 }, () => 0);
  const calls: Call[] = [];
  for (let index = 0; index < length; index++) {
    const process = Math.floor(random.fraction() * 4);
    const calledAt = (free[process] ?? 0) + random.fraction();
    const returnedAt = calledAt + random.fraction() * 2;
    free[process] = returnedAt;
    const isOpen = random.fraction() < 0.2;
    if (isOpen) free[process] = Infinity;
    if (calledAt === Infinity) continue;
    calls.push({ effect: effect(random), calledAt, returnedAt: isOpen ? Infinity : returnedAt });
  }
  return calls.toSorted((a, b) => a.calledAt - b.calledAt);
}

describe.each([
  ['registers', registerEffect],
  ['key-value stores', storeEffect],
])('over %s', (_, effect) => {
  test.each(SEEDS)('the search says what trying every order says (seed %s)', (seed) => {
    const random = seededRandom(seed);
    const counts = { order: 0, none: 0 };
    for (let index = 0; index < HISTORIES; index++) {
      const calls = randomCalls(random, effect);
      const expected = hasOrder(calls) ? 'order' : 'none';
      counts[expected]++;
      expect(verdictOf(calls), JSON.stringify(calls)).toBe(expected);
      expect(verdictOf(withoutIdle(calls)), JSON.stringify(calls)).toBe(expected);
    }
    expect(Math.min(counts.order, counts.none)).toBeGreaterThan(10);
  });

  test.each(SEEDS)(
    'where there is none, it names the first end that none explains (seed %s)',
    (seed) => {
      const random = seededRandom(`${seed} end`);
      for (let index = 0; index < HISTORIES; index++) {
        const calls = randomCalls(random, effect);
        const search = new Search(calls, room());
        if (search.run(1_000_000) !== 'none') continue;
        const { endedAt } = search.blocked;
        const ends = calls.map(({ returnedAt }) => returnedAt).filter((end) => end < endedAt);
        expect(hasOrder(upTo(calls, endedAt))).toBe(false);
        expect(hasOrder(upTo(calls, Math.max(-1, ...ends)))).toBe(true);
      }
    },
  );

  test.each(SEEDS)(
    'what a finding is made small to has no order either, and nothing idle (seed %s)',
    async (seed) => {
      const random = seededRandom(`${seed} small`);
      for (let index = 0; index < HISTORIES; index++) {
        const calls = randomCalls(random, effect);
        if (hasOrder(calls)) continue;
        const small = await minimal(calls);
        expect(hasOrder(small)).toBe(false);
        for (const read of small.filter((call) => call.effect.kind === 'read')) {
          expect(hasOrder(small.filter((call) => call !== read))).toBe(true);
        }
      }
    },
  );
});

test.each(SEEDS)(
  'what may be left out of calls in order leaves them in order (seed %s)',
  (seed) => {
    const random = seededRandom(`${seed} left out`);
    let tried = 0;
    for (let index = 0; index < HISTORIES; index++) {
      const calls = randomCalls(random, index % 2 === 0 ? registerEffect : storeEffect);
      if (!hasOrder(calls)) continue;
      for (let from = 0; from < calls.length; from++) {
        const fewer = leaveOut(calls, {
          from,
          size: 1 + Math.floor(random.fraction() * calls.length),
          whole: new Whole(calls),
          endedAt: Infinity,
        });
        if (fewer.length < calls.length) tried++;
        expect(hasOrder(fewer), JSON.stringify([calls, fewer])).toBe(true);
      }
    }
    expect(tried).toBeGreaterThan(10);
  },
);

const call = (effect: Effect, calledAt: number, returnedAt: number): Call => ({
  effect,
  calledAt,
  returnedAt,
});
const read = (value: string, from: number, to: number) => call({ kind: 'read', value }, from, to);
const write = (value: string, from: number, to = Infinity) =>
  call({ kind: 'write', value }, from, to);

describe('a history made small', () => {
  test('keeps the write that a read missed, and none that came before it', async () => {
    const noise = Array.from({ length: 50 }, (_, i) => write(`${i + 10}`, i, i + 0.5));
    const calls = [
      ...noise,
      write('1', 100, 101),
      read('1', 102, 103),
      write('2', 104, 105),
      read('2', 106, 107),
      read('1', 108, 109),
      read('1', 110, 111),
      ...noise.map(({ effect }, i) => call(effect, i + 200, i + 200.5)),
    ];
    expect(await minimal(calls)).toEqual([write('2', 104, 105), read('1', 108, 109)]);
  });

  test('never invents a fault by leaving out the write that a read saw', async () => {
    const calls = [write('1', 0, 1), read('1', 2, 3), read('9', 4, 5)];
    expect(await minimal(calls)).toEqual([read('9', 4, 5)]);
  });
});

describe('the limits of a search', () => {
  /** Writes that all overlap, then a read of what none wrote. */
  const wide = (width: number): Call[] => [
    ...Array.from({ length: width }, (_, i) => write(`${i}`, i, 1000 + i)),
    read('"none', 5000, 5001),
  ];

  test('are told from an answer: steps, configurations and characters', () => {
    expect(new Search(wide(12), room()).run(100)).toBe('more');
    expect(new Search(wide(12), room(50)).run(1_000_000)).toBe('full');
    expect(new Search(wide(12), room(1_000_000, 5)).run(1_000_000)).toBe('full');
  });

  test('a search goes on where it stopped, and gives back the room it took', () => {
    const shared = room();
    const search = new Search(wide(8), shared);
    let turns = 1;
    while (search.run(100) === 'more') turns++;
    expect(turns).toBeGreaterThan(5);
    expect(search.run(100)).toBe('none');
    expect(shared).toEqual(room());
  });
});
