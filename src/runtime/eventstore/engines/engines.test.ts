import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import { ManualClock } from '../../../kernel/time.ts';
import { type Deviation, describeEventStore, type EngineUnderTest } from '../engine.conformance.ts';
import type { AppendRequest, EventPage, ExpectedRevision } from '../contract.ts';
import { eventOf } from '../engine.conformance.ts';
import { openMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';

interface Engine {
  start: () => Promise<EngineUnderTest>;
  deviations: Deviation[];
}

const startMemory = (): Promise<EngineUnderTest> =>
  Promise.resolve({
    open: (clock) => Promise.resolve(openMemoryStore({ clock, random: systemRandom })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

async function startSqlite(): Promise<EngineUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'eventstore-'));
  const path = join(folder, 'data', 'events.db');
  return {
    open: (clock) => openSqliteStore({ path, clock, random: systemRandom }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const reason = 'it lives as long as its process';

/** One row for each engine file of this folder. */
const ENGINES: Record<string, Engine> = {
  memory: {
    start: startMemory,
    deviations: [
      { test: 'recorded time never goes back', reason },
      { test: 'a log outlives its store, with its name, places and memory of ids', reason },
    ],
  },
  sqlite: { start: startSqlite, deviations: [] },
};

test('every engine of this folder runs the conformance suite', async () => {
  const files = await readdir(import.meta.dirname);
  const engines = files.filter((file) => !file.endsWith('.test.ts'));
  expect(engines.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual(
    Object.keys(ENGINES).sort(),
  );
});

for (const [name, { start, deviations }] of Object.entries(ENGINES)) {
  describeEventStore(name, start, deviations);
}

const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

test(`sqlite and memory agree on a random history (FINTECH_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random.fraction() * items.length)] as T;
  const clock = new ManualClock();
  await using sqliteEngine = await startSqlite();
  await using memoryEngine = await startMemory();
  await using sqlite = await sqliteEngine.open(clock);
  await using memory = await memoryEngine.open(clock);
  for (let round = 0; round < 1500; round++) {
    clock.advance(pick([0, 0, 1, 1000]));
    const request = randomRequest(pick);
    const answers = [await sqlite.append(request), await memory.append(request)];
    expect({ request, answer: answers[0] }).toEqual({ request, answer: answers[1] });
  }
  const reads = [sqlite, memory].map(async (store) => ({
    position: (await store.head()).position,
    log: await read(store.readAll({ after: 0 })),
    odd: await read(store.readAll({ after: 10, type: 'odd', limit: 50 })),
    stream: await read(store.readAll({ after: 10, stream: 's1' })),
    backward: await read(store.readStream({ stream: 's2', direction: 'backward', limit: 20 })),
  }));
  const [ofSqlite, ofMemory] = await Promise.all(reads);
  expect(ofSqlite).toEqual(ofMemory);
  expect(ofSqlite?.log.length).toBeGreaterThan(100);
});

const STREAMS = ['s0', 's1', 's2'] as const;
const IDS = Array.from({ length: 2000 }, (_, index) => `e${index}`);
const EXPECTED: readonly ExpectedRevision[] = ['any', 'any', 'any', 'exists', 'none', 0, 1, 5, 60];

function randomRequest(pick: <T>(items: readonly T[]) => T): AppendRequest {
  const used = new Set<string>();
  const write = () => {
    const stream = pick(STREAMS);
    const ids = Array.from({ length: pick([1, 1, 2, 3]) }, () => pick(IDS)).filter(
      (id) => !used.has(id) && used.add(id),
    );
    const events = ids.map((id) => eventOf(stream, id + pick(['', '', '', '*'])));
    return { stream, expected: pick(EXPECTED), events };
  };
  const writes = Array.from({ length: pick([1, 1, 1, 2, 3]) }, write).filter(
    ({ events }) => events.length > 0,
  );
  if (writes.length === 0) return randomRequest(pick);
  const conditions = pick([[], [], [{ stream: pick(STREAMS), expected: pick(EXPECTED) }]]);
  return { writes, conditions };
}

async function read(pages: AsyncIterable<EventPage>): Promise<string[]> {
  return (await Array.fromAsync(pages)).flatMap(({ lines }) => lines);
}
