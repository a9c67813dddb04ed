import { describe, expect, test } from 'vitest';
import { parseJsonText } from '../../kernel/json-text.ts';
import { ManualClock } from '../../kernel/time.ts';
import { APPEND_CASES, type AppendCase } from './append-cases.conformance.ts';
import type {
  AppendOutcome,
  AppendRequest,
  EventPage,
  EventStore,
  FollowStep,
  NewEvent,
} from './contract.ts';
import { eventText } from './event-line.ts';
import { PAGE_LIMITS } from './paging.ts';

/** An engine for the suite: where a log is, and how to open it. */
export interface EngineUnderTest extends AsyncDisposable {
  /** Opens the same log each time; the suite closes a store before it opens the next. */
  open(clock: ManualClock): Promise<EventStore>;
}

/** A test an engine does not pass, and why that is right for it. */
export interface Deviation {
  test: string;
  reason: string;
}

/** Everything `contract.ts` promises, as tests of one engine. */
export function describeEventStore(
  engine: string,
  start: () => Promise<EngineUnderTest>,
  deviations: readonly Deviation[],
): void {
  const conform = (title: string, body: (context: Opened) => Promise<void>) => {
    const deviation = deviations.find((candidate) => candidate.test === title);
    // A deviation must be one: the test is run, and has to fail.
    const declare = deviation === undefined ? test : test.fails;
    const note = deviation === undefined ? '' : ` (not here: ${deviation.reason})`;
    // oxlint-disable-next-line vitest/expect-expect -- the body holds them
    declare(`${title}${note}`, async () => {
      await using underTest = await start();
      const clock = new ManualClock();
      await using store = await underTest.open(clock);
      await body({ store, clock, underTest });
    });
  };
  describe(`the ${engine} engine`, () => {
    for (const appendCase of APPEND_CASES)
      conform(appendCase.title, (it) => runCase(it, appendCase));
    for (const [title, body] of Object.entries(PROMISES)) conform(title, body);
    test('deviates only where the suite has a test', () => {
      const titles = [...APPEND_CASES.map(({ title }) => title), ...Object.keys(PROMISES)];
      expect(titles).toEqual(expect.arrayContaining(deviations.map((deviation) => deviation.test)));
      expect(new Set(titles).size).toBe(titles.length);
    });
  });
}

interface Opened {
  store: EventStore;
  clock: ManualClock;
  underTest: EngineUnderTest;
}

async function runCase({ store }: Opened, { steps, log }: AppendCase): Promise<void> {
  for (const { append, conditions = [], answer } of steps) {
    const outcome = await store.append({
      writes: append.map(([stream, expected, words]) => ({
        stream,
        expected,
        events: words.map((word) => eventOf(stream, word)),
      })),
      conditions: conditions.map(([stream, expected]) => ({ stream, expected })),
    });
    expect(outcome).toEqual(answer);
  }
  const events = await linesOf(store.readAll({ after: 0 }));
  expect(events.map(({ id }) => id).join('')).toBe(log);
  expect(events.map(({ globalposition }) => globalposition)).toEqual(
    events.map((_, index) => String(index + 1)),
  );
}

const PROMISES: Record<string, (opened: Opened) => Promise<void>> = {
  'an empty log has a name, no position and no streams': async ({ store }) => {
    const { log, position } = await store.head();
    expect(log).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(position).toBe(0);
    expect(await store.streamRevision('s')).toBeUndefined();
    expect(await linesOf(store.readStream({ stream: 's', direction: 'forward' }))).toEqual([]);
    expect(await linesOf(store.readAll({ after: 0 }))).toEqual([]);
  },

  'an event is served as it came, with its place last': async ({ store }) => {
    const sent = ' { "z":1.10, "data" : {"n":12345678901234567890}, "id":"a" } ';
    const text = eventText(parseJsonText(sent), 's');
    await store.append(appendOf('s', [{ source: '/s', id: 'a', type: 't', text }]));
    const line =
      '{"z":1.10,"data":{"n":12345678901234567890},"id":"a","subject":"s",' +
      '"streamrevision":0,"globalposition":"1","recordedtime":"2027-01-01T00:00:00.000Z"}';
    expect(await rawLines(store.readAll({ after: 0 }))).toEqual([line]);
    expect(await rawLines(store.readStream({ stream: 's', direction: 'backward' }))).toEqual([
      line,
    ]);
  },

  'recorded time never goes back': async ({ store, clock, underTest }) => {
    clock.advance(5000);
    await store.append(appendOf('s', [eventOf('s', 'a')]));
    await store[Symbol.asyncDispose]();
    await using reopened = await underTest.open(new ManualClock());
    await reopened.append(appendOf('s', [eventOf('s', 'b')]));
    const events = await linesOf(reopened.readAll({ after: 0 }));
    expect(events.map(({ recordedtime }) => recordedtime)).toEqual(
      Array.from({ length: 2 }, () => '2027-01-01T00:00:05.000Z'),
    );
  },

  'a log outlives its store, with its name, places and memory of ids': async (opened) => {
    const { store, clock, underTest } = opened;
    const request = appendOf('s', [eventOf('s', 'a'), eventOf('s', 'b')]);
    await store.append(request);
    const head = await store.head();
    const lines = await rawLines(store.readAll({ after: 0 }));
    await store[Symbol.asyncDispose]();
    await using reopened = await underTest.open(clock);
    expect(await reopened.head()).toEqual(head);
    expect(await rawLines(reopened.readAll({ after: 0 }))).toEqual(lines);
    expect(await reopened.append(request)).toMatchObject({ kind: 'duplicate' });
    expect(await reopened.append(appendOf('s', [eventOf('s', 'c')]))).toEqual(
      appendedAt('s', 2, [3]),
    );
  },

  'a stream is read from any revision, either way, up to a limit': async ({ store }) => {
    await appendMany(store, 5, () => 's');
    const revisions = async (read: { from?: number; limit?: number }, direction: Direction) =>
      (await linesOf(store.readStream({ stream: 's', direction, ...read }))).map(
        ({ streamrevision }) => streamrevision,
      );
    expect(await revisions({}, 'forward')).toEqual([0, 1, 2, 3, 4]);
    expect(await revisions({ from: 3 }, 'forward')).toEqual([3, 4]);
    expect(await revisions({ from: 1, limit: 2 }, 'forward')).toEqual([1, 2]);
    expect(await revisions({ from: 5 }, 'forward')).toEqual([]);
    expect(await revisions({}, 'backward')).toEqual([4, 3, 2, 1, 0]);
    expect(await revisions({ from: 1 }, 'backward')).toEqual([1, 0]);
    expect(await revisions({ from: 99, limit: 2 }, 'backward')).toEqual([4, 3]);
  },

  'the log is read after any position, by type and by stream': async ({ store }) => {
    await appendMany(store, 12, (index) => `s${index % 3}`);
    const positions = async (read: object) =>
      (await linesOf(store.readAll({ after: 0, ...read }))).map(({ globalposition }) =>
        Number(globalposition),
      );
    expect(await positions({ after: 10 })).toEqual([11, 12]);
    expect(await positions({ after: 12 })).toEqual([]);
    expect(await positions({ after: 99, stream: 's0' })).toEqual([]);
    expect(await positions({ limit: 2 })).toEqual([1, 2]);
    expect(await positions({ stream: 's1' })).toEqual([2, 5, 8, 11]);
    expect(await positions({ stream: 's1', after: 5 })).toEqual([8, 11]);
    expect(await positions({ type: 'even' })).toEqual([1, 3, 5, 7, 9, 11]);
    expect(await positions({ type: 'even', stream: 's1' })).toEqual([5, 11]);
    expect(await positions({ type: 'even', stream: 's1', limit: 1 })).toEqual([5]);
    expect(await positions({ type: 'none of them' })).toEqual([]);
    expect(await positions({ stream: 'absent' })).toEqual([]);
  },

  'pages are bounded in events, bytes and events scanned': async ({ store }) => {
    const count = PAGE_LIMITS.scanned + 2;
    await appendMany(store, count, () => 's');
    const big = Array.from({ length: 3 }, (_, index) =>
      eventOf('big', `big${index}`, 'x'.repeat(PAGE_LIMITS.bytes)),
    );
    await store.append(appendOf('big', big));
    const all = await pagesOf(store.readAll({ after: 0 }));
    expect(Math.max(...all.map(({ lines }) => lines.length))).toBeLessThanOrEqual(
      PAGE_LIMITS.events,
    );
    expect(all.flatMap(({ lines }) => lines)).toHaveLength(count + 3);
    const ofBig = await pagesOf(store.readStream({ stream: 'big', direction: 'forward' }));
    expect(ofBig.map(({ lines }) => lines.length)).toEqual([1, 1, 1]);
    const rare = await pagesOf(store.readAll({ after: 0, type: 'big' }));
    expect(rare[0]).toEqual({ lines: [], through: PAGE_LIMITS.scanned });
    expect(rare.flatMap(({ lines }) => lines)).toHaveLength(3);
  },

  'a follower catches up once, then gets each event as it comes': async ({ store }) => {
    await appendMany(store, 3, () => 's');
    const stop = new AbortController();
    const steps = store.follow({ after: 1, signal: stop.signal })[Symbol.asyncIterator]();
    expect(await nextStep(steps)).toMatchObject({
      kind: 'events',
      lines: { length: 2 },
      through: 3,
    });
    expect(await nextStep(steps)).toEqual({ kind: 'caught-up', through: 3 });
    const waiting = nextStep(steps);
    await store.append(appendOf('t', [eventOf('t', 'live')]));
    expect(await waiting).toMatchObject({ kind: 'events', lines: { length: 1 }, through: 4 });
    const last = steps.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  },

  'a filtered follower gets its own and moves past the rest': async ({ store }) => {
    const stop = new AbortController();
    const read = { after: 0, stream: 't', signal: stop.signal };
    const steps = store.follow(read)[Symbol.asyncIterator]();
    expect(await nextStep(steps)).toEqual({ kind: 'caught-up', through: 0 });
    const other = nextStep(steps);
    await store.append(appendOf('s', [eventOf('s', 'a')]));
    expect(await other).toEqual({ kind: 'events', lines: [], through: 1 });
    const own = nextStep(steps);
    await store.append(appendOf('t', [eventOf('t', 'b')]));
    expect(await own).toMatchObject({ kind: 'events', lines: { length: 1 }, through: 2 });
    stop.abort();
  },

  'a follower ends when the store closes': async ({ store }) => {
    const { signal } = new AbortController();
    const steps = store.follow({ after: 0, signal })[Symbol.asyncIterator]();
    await nextStep(steps);
    const last = steps.next();
    await store[Symbol.asyncDispose]();
    expect(await last).toEqual({ done: true, value: undefined });
  },

  'followers beside many writers miss nothing and see nothing twice': async ({ store }) => {
    const writers = 16;
    const each = 40;
    const stop = new AbortController();
    const followers = Array.from({ length: 4 }, () => followed(store, writers * each, stop.signal));
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let index = 0; index < each; index++) {
          const stream = `s${(writer + index) % 5}`;
          await store.append(appendOf(stream, [eventOf(stream, `${writer}-${index}`)]));
        }
      }),
    );
    const inOrder = Array.from({ length: writers * each }, (_, index) => String(index + 1));
    for (const positions of await Promise.all(followers)) expect(positions).toEqual(inOrder);
    stop.abort();
  },

  'of many appends that expect one revision, one succeeds': async ({ store }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.append(appendOf('s', [eventOf('s', `e${index}`)], 'none')),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(49);
  },

  'of many appends of one event, one stores it and all answer its place': async ({ store }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store.append(appendOf('s', [eventOf('s', 'a')]))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ writes: [{ stream: 's', revision: 0, positions: [1] }] });
    }
  },

  'a probe uses up no position': async ({ store }) => {
    expect(await Promise.all([store.probe(), store.probe()])).toEqual([{ ok: true }, { ok: true }]);
    expect((await store.head()).position).toBe(0);
  },

  'a closed store says so and finishes what it had accepted': async ({ store }) => {
    const accepted = store.append(appendOf('s', [eventOf('s', 'a')]));
    await store[Symbol.asyncDispose]();
    expect(await accepted).toEqual(appendedAt('s', 0, [1]));
    expect(await store.append(appendOf('s', [eventOf('s', 'b')]))).toMatchObject({
      kind: 'unavailable',
    });
    expect(await store.probe()).toMatchObject({ ok: false });
  },
};

type Direction = 'forward' | 'backward';

/** `a*` is the event `a` with another body. */
export function eventOf(stream: string, word: string, payload: string = ''): NewEvent {
  const id = word.replace('*', '');
  const type = word.startsWith('even') || word.startsWith('big') ? word.replace(/\d+$/, '') : 'odd';
  const source = '/conformance';
  const attributes = {
    specversion: '1.0',
    id,
    source,
    type,
    subject: stream,
    data: word + payload,
  };
  return { source, id, type, text: JSON.stringify(attributes) };
}

function appendOf(
  stream: string,
  events: NewEvent[],
  expected: 'any' | 'none' = 'any',
): AppendRequest {
  return { writes: [{ stream, expected, events }], conditions: [] };
}

function appendedAt(stream: string, revision: number, positions: number[]): AppendOutcome {
  return { kind: 'appended', writes: [{ stream, revision, positions }] };
}

/** Events of type `even`, `odd`, `even` … in one request. */
async function appendMany(
  store: EventStore,
  count: number,
  streamOf: (index: number) => string,
): Promise<void> {
  const writes = Array.from({ length: count }, (_, index) => {
    const stream = streamOf(index);
    const event = eventOf(stream, `${index % 2 === 0 ? 'even' : 'odd'}${index}`);
    return { stream, expected: 'any' as const, events: [event] };
  });
  expect(await store.append({ writes, conditions: [] })).toMatchObject({ kind: 'appended' });
}

async function followed(store: EventStore, count: number, signal: AbortSignal): Promise<unknown[]> {
  const positions: unknown[] = [];
  for await (const step of store.follow({ after: 0, signal })) {
    if (step.kind === 'events') positions.push(...step.lines.map(placeOf));
    if (positions.length >= count) break;
  }
  return positions;
}

function placeOf(line: string): unknown {
  return (JSON.parse(line) as Record<string, unknown>)['globalposition'];
}

async function nextStep(steps: AsyncIterator<FollowStep>): Promise<FollowStep> {
  const { value, done } = await steps.next();
  if (done === true) throw new Error('the follower has ended');
  return value;
}

async function pagesOf(pages: AsyncIterable<EventPage>): Promise<EventPage[]> {
  return Array.fromAsync(pages);
}

async function rawLines(pages: AsyncIterable<EventPage>): Promise<string[]> {
  return (await pagesOf(pages)).flatMap(({ lines }) => lines);
}

async function linesOf(pages: AsyncIterable<EventPage>): Promise<Record<string, unknown>[]> {
  return (await rawLines(pages)).map((line) => JSON.parse(line) as Record<string, unknown>);
}
