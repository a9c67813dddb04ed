import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { nextTurn } from '../../kernel/turn.ts';
import { openMemoryStore } from '../../runtime/eventstore/engines/memory.ts';
import { foundIn, judgeHistory } from './history.fixture.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const { FINTECH_SEED } = process.env;
const SEEDS =
  FINTECH_SEED === undefined ? Array.from({ length: 10 }, (_, i) => `${i + 1}`) : [FINTECH_SEED];
const CLIENTS = 6;
const CALLS = 60;

interface Call {
  f: string;
  value?: unknown;
}

/** What a store answers; undefined where the client gave up waiting. */
type Answer = { type: 'ok' | 'fail'; value?: unknown } | undefined;

/** The history of clients that call at the same time, each with waits of its own. */
async function historyOf(
  random: Random,
  next: (random: Random) => Call,
  answer: (call: Call) => Promise<Answer>,
): Promise<string> {
  const lines: string[] = [];
  const wait = async () => {
    for (let turns = random.fraction() * 6; turns > 0; turns--) await nextTurn();
  };
  const client = async (name: number) => {
    for (let index = 0; index < CALLS; index++) {
      const call = next(random);
      const process = `${name}`;
      lines.push(JSON.stringify({ process, type: 'invoke', ...call }));
      await wait();
      const answered = await answer(call);
      await wait();
      lines.push(JSON.stringify({ process, f: call.f, ...(answered ?? { type: 'info' }) }));
      await wait();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  return lines.join('\n');
}

/** One value; where it lags, it answers a read with what it held some turns ago. */
function register(random: Random, lags: boolean) {
  let value: unknown = null;
  let replica: unknown = null;
  const set = (to: unknown) => {
    value = to;
    void (async () => {
      for (let turns = 40; turns > 0; turns--) await nextTurn();
      replica = to;
    })();
  };
  return (call: Call): Promise<Answer> => Promise.resolve(answerTo(call));
  function answerTo({ f, value: input }: Call): Answer {
    if (f === 'read') return { type: 'ok', value: lags ? replica : value };
    const lost = random.fraction() < 0.02;
    // Half of those that are not answered had their effect.
    if (lost && random.fraction() < 0.5) return undefined;
    if (f === 'write') set(input);
    else {
      const [from, to] = input as [unknown, unknown];
      if (value !== from) return { type: 'fail' };
      set(to);
    }
    return lost ? undefined : { type: 'ok' };
  }
}

function registerCall(random: Random): Call {
  const value = () => Math.floor(random.fraction() * 5);
  const kind = random.fraction();
  if (kind < 0.4) return { f: 'read' };
  return kind < 0.7 ? { f: 'write', value: value() } : { f: 'cas', value: [value(), value()] };
}

test.each(SEEDS)('a register under concurrent clients is consistent (seed %s)', async (seed) => {
  const random = seededRandom(seed);
  const text = await historyOf(random, registerCall, register(random, false));
  expect(await judgeHistory(text, 'register')).toMatchObject({ verdict: 'consistent' });
});

test.each(SEEDS)('one whose reads lag is found out, by few calls (seed %s)', async (seed) => {
  const random = seededRandom(seed);
  const text = await historyOf(random, registerCall, register(random, true));
  const { verdict, findings } = await judgeHistory(text, 'register');
  expect(verdict).toBe('inconsistent');
  expect(findings[0]?.events.length).toBeLessThan(20);
});

/** The memory event store as a log; `fault` spoils one answer in twenty. */
function log(random: Random, fault: (position: number) => number) {
  const store = openMemoryStore({ clock: systemClock, random });
  const spoiled = (position: number) => (random.fraction() < 0.05 ? fault(position) : position);
  return async ({ f }: Call): Promise<Answer> => {
    if (f === 'read') {
      const { position } = await store.head();
      return { type: 'ok', value: spoiled(position) };
    }
    const id = random.uuid();
    const event = {
      source: '/test',
      id,
      type: 'test',
      text: `{"id":"${id}","source":"/test","type":"test","specversion":"1.0","subject":"s"}`,
    };
    const lost = random.fraction() < 0.02;
    if (lost && random.fraction() < 0.5) return undefined;
    const outcome = await store.append({
      writes: [{ stream: 's', expected: 'any', events: [event] }],
      conditions: [],
    });
    if (outcome.kind !== 'appended' || lost) return undefined;
    return { type: 'ok', value: outcome.writes[0]?.positions[0] };
  };
}

const logCall = (random: Random): Call =>
  random.fraction() < 0.5 ? { f: 'read' } : { f: 'append', value: 'x' };

test.each(SEEDS)(
  'the memory event store under concurrent clients is consistent (seed %s)',
  async (seed) => {
    const random = seededRandom(seed);
    const text = await historyOf(
      random,
      logCall,
      log(random, (position) => position),
    );
    const report = await judgeHistory(text, 'log');
    expect(foundIn(report)).toEqual([]);
    expect(report.checks[0]?.checked).toBeGreaterThan(CLIENTS * CALLS * 0.8);
  },
);

test.each(SEEDS)('one that forgets some of its entries is found out (seed %s)', async (seed) => {
  const random = seededRandom(seed);
  const text = await historyOf(
    random,
    logCall,
    log(random, (position) => Math.max(1, position - 9)),
  );
  expect(await judgeHistory(text, 'log')).toMatchObject({ verdict: 'inconsistent' });
});
