import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import { type Random, seededRandom } from '../../kernel/random.ts';
import type { Report } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import { settingsBy } from '../settings.ts';
import { CORRUPTIONS } from '../testing/corruptions.ts';
import { generateLog } from '../testing/generate-log.ts';
import { LogWriter, ndjson, type StoredEvent } from '../testing/log-writer.ts';
import { mutated } from '../testing/random-json.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import type { VerifyOptions } from '../verify.ts';
import { WORD_NAMES } from '../vocabulary/default.ts';
import { CONCLUSIONS } from './conclusions.ts';
import { screen } from './screen.ts';
import { shapeOf } from './vocabulary.ts';

/** `FINTECH_SEED=17` runs one seed again. */
const SEED = process.env['FINTECH_SEED'] ?? `${Date.now()}`;
const ROUNDS = Number(process.env['FINTECH_ROUNDS'] ?? 40);
const HASH_SEED = Uint32Array.of(3_141_592_653, 2_718_281_829, 1_618_033_989, 5);
const CHUNKS = [300, 4096, 1_000_000];

/** The same log without payments, commands and causes, which the screen leaves to the exact replay. */
function withoutPayments(events: readonly StoredEvent[]): StoredEvent[] {
  const writer = new LogWriter();
  for (const { streamrevision: _, globalposition: __, recordedtime, ...sent } of events) {
    if (/payments\.|command-/.test(sent.type)) continue;
    delete sent['causationid'];
    if (typeof sent.data === 'object') delete sent.data['paymentId'];
    writer.store(sent).recordedtime = recordedtime;
  }
  return writer.events;
}

type Logs = readonly (readonly Buffer[])[];

const sourcesOf = (logs: Logs) =>
  logs.map((parts, index) => memorySource(`log-${index}`, parts, 1000));

/** A report, or the error instead of one. */
async function said(logs: Logs, options: Partial<VerifyOptions>): Promise<Report | string> {
  try {
    return await verifySources(sourcesOf(logs), options);
  } catch (error) {
    if (error instanceof FintechError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Sizes of chunks with which the screen changes what is said. */
async function changedBy(logs: Logs, chunks = CHUNKS): Promise<number[]> {
  const exact = JSON.stringify(await said(logs, { screen: undefined }));
  const changed: number[] = [];
  for (const chunkBytes of chunks) {
    const screened = await said(logs, { screen: { seed: HASH_SEED, chunkBytes } });
    if (JSON.stringify(screened) !== exact) changed.push(chunkBytes);
  }
  return changed;
}

/** Checks that the screen decides on its own. */
async function decided(...logs: Buffer[]): Promise<string[]> {
  const screened = await screen(sourcesOf([logs]), {
    checks: CHECKS,
    settings: settingsBy({}),
    seed: HASH_SEED,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return [...screened.evidence.keys()].map(({ id }) => id);
}

/** The generator's capital is beyond what a double holds; with less, nothing of a log is suspect. */
function withoutLargeAmounts(log: Buffer): Buffer {
  return Buffer.from(
    log.toString('latin1').replaceAll('"9007199254740993000"', '1000000000'),
    'latin1',
  );
}

function generated(seed: string, events = 400): StoredEvent[] {
  const log = withoutLargeAmounts(ndjson(generateLog({ seed, events }).writer.events));
  return log
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEvent);
}

test('the screen knows every word of the default vocabulary', () => {
  expect(WORD_NAMES.filter((_, word) => shapeOf(word) === undefined)).toEqual([]);
});

test(`a generated log is the same with the screen, whole, in parts and as two logs (FINTECH_SEED=${SEED})`, async () => {
  const events = generated(SEED);
  const [first, second] = [ndjson(events.slice(0, 150)), ndjson(events.slice(150))];
  expect(await changedBy([[ndjson(events)]])).toEqual([]);
  expect(await changedBy([[ndjson(withoutPayments(events))]])).toEqual([]);
  expect(await changedBy([[first, second]])).toEqual([]);
  expect(await changedBy([[first], [second]])).toEqual([]);
  expect(await changedBy([[first], [first]])).toEqual([]);
});

test.each(
  Object.entries(CORRUPTIONS).flatMap(([id, faults]) =>
    Object.entries(faults).map(([name, corrupt]) => ({ id, name, corrupt })),
  ),
)('a fault is found the same with the screen: $id, $name', async ({ corrupt }) => {
  const { bytes } = corrupt(generateLog({ seed: '1', events: 500 }), seededRandom('1 fault'));
  expect(await changedBy([[bytes]], [4096])).toEqual([]);
  expect(await changedBy([[withoutLargeAmounts(bytes)]], [4096])).toEqual([]);
});

test.each(['\\ud800', '\\uDC00', '\\ud83d\\ud83d\\ude00', '\\ud83d\\ude00', '\\\\ud800'])(
  'halves of letters, and whole ones, are the same with the screen: %s',
  async (text) => {
    const lines = generated('halves', 50).map((event) => JSON.stringify(event));
    const odd = lines.with(20, lines[20]?.replace('"data":{', `"data":{"note":"${text}",`) ?? '');
    expect(odd[20]).toContain(text);
    expect(await changedBy([[Buffer.from(`${odd.join('\n')}\n`)]])).toEqual([]);
  },
);

test.each(globSync('test/logs/*/*.ndjson', { exclude: ['**/expected.ndjson'] }))(
  'a recorded log is the same with the screen: %s',
  async (path) => {
    expect(await changedBy([[readFileSync(join(import.meta.dirname, '../../..', path))]])).toEqual(
      [],
    );
  },
);

test('bytes that went wrong change nothing about that', async () => {
  const random = seededRandom(SEED);
  const lines = withoutPayments(generated(SEED, 150)).map((event) => JSON.stringify(event));
  for (let round = 0; round < ROUNDS; round++) {
    const at = Math.floor(random.fraction() * lines.length);
    const line = mutated(Buffer.from(lines[at] ?? ''), random);
    const bytes = lines.map((text, index) => (index === at ? line : Buffer.from(text)));
    const log = Buffer.concat(bytes.flatMap((part) => [part, Buffer.from('\n')]));
    expect(await changedBy([[log]], [4096]), line.toString()).toEqual([]);
  }
});

const ODD_VALUES = [
  null,
  '',
  'x',
  'ü',
  'a\u0001',
  '\ud800',
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  true,
  [],
  {},
  '007',
  '12',
  '9007199254740993',
  'debit',
  'EUR',
  'DEM',
  '2027-01-01T00:00:00Z',
  '2027-02-30T00:00:00Z',
  'application/json',
  'evt-000002',
];

/** An event with one member, at any depth, of another value, gone, named anew or doubled. */
function odd(event: StoredEvent, random: Random): StoredEvent {
  const copy = structuredClone(event);
  const holders: Record<string, unknown>[] = [copy];
  for (const holder of holders) {
    for (const value of Object.values(holder)) {
      if (typeof value === 'object' && value !== null)
        holders.push(value as Record<string, unknown>);
    }
  }
  const holder = oneOf(holders, random);
  const name = oneOf(
    [...Object.keys(holder), 'overdraft', 'data_base64', 'dataschema', 'Odd'],
    random,
  );
  if (random.fraction() < 0.2) delete holder[name];
  else holder[name] = oneOf(ODD_VALUES, random);
  return copy;
}

function oneOf<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random.fraction() * from.length)] as T;
}

test('members that are odd, missing or too many change nothing about that', async () => {
  const random = seededRandom(SEED);
  const all = generated(SEED, 150);
  const plain = withoutPayments(all);
  for (let round = 0; round < ROUNDS; round++) {
    const events = round % 2 === 0 ? all : plain;
    const at = Math.floor(random.fraction() * events.length);
    const changed = events.map((event, index) => (index === at ? odd(event, random) : event));
    expect(await changedBy([[ndjson(changed)]], [4096]), JSON.stringify(changed[at])).toEqual([]);
  }
});

test.each([1, 2, 4].flatMap((workers) => CHUNKS.map((chunkBytes) => ({ workers, chunkBytes }))))(
  '$workers workers and chunks of $chunkBytes bytes say the same, byte for byte',
  async (setup) => {
    const events = generated(SEED, 600);
    const clean = ndjson(events);
    const broken = ndjson([...events.slice(0, 300), ...events.slice(301)]);
    for (const logs of [[[clean]], [[broken]], [[clean.subarray(0, 9000)], [broken]]]) {
      const screened = await said(logs, { screen: { seed: HASH_SEED, aloneBytes: 0, ...setup } });
      expect(screened).toEqual(await said(logs, { screen: undefined }));
      expect(JSON.stringify(screened)).toBe(
        JSON.stringify(await said(logs, { screen: undefined })),
      );
    }
  },
);

test.each([1, 2])(
  'records that outgrow the memory change nothing (%i workers)',
  async (workers) => {
    const events = withoutPayments(generated(SEED, 500));
    for (const log of [ndjson(events), ndjson([...events, ...events.slice(-1)])]) {
      const setup = {
        seed: HASH_SEED,
        memoryBytes: 1,
        aloneBytes: 20_000,
        chunkBytes: 5000,
        workers,
      };
      expect(await said([[log]], { screen: setup })).toEqual(
        await said([[log]], { screen: undefined }),
      );
    }
  },
);

test('a generated log of accounts, transactions and holds is decided by the screen alone', async () => {
  const ids = await decided(ndjson(withoutPayments(generated(SEED))));
  expect(ids).toEqual(expect.arrayContaining(Object.keys(CONCLUSIONS)));
});

test('an amount beyond 2^53 leaves money to the exact replay, and nothing else', async () => {
  const log = ndjson(generateLog({ seed: SEED, events: 200 }).writer.events);
  const ids = await decided(log);
  expect(ids.filter((id) => /ledger|money/.test(id))).toEqual([]);
  expect(ids).toEqual(expect.arrayContaining(['log/order', 'log/revisions', 'log/duplicates']));
});

test.each([
  ['a card number', 'paid with 4539 1488 0343 6467'],
  ['a bare card number', '4539148803436467'],
  ['a test card', '4242424242424242'],
  ['a long number', '1234567890123'],
  ['a bearer token', 'Authorization: BEARER abcdefghijklmnopqrstuvwx1234'],
  ['basic credentials', 'Basic dXNlcjpwYXNzd29yZA=='],
  ['an AWS key', 'x AKIAIOSFODNN7EXAMPLE'],
  ['a GitHub token', `ghp_${'a1B2'.repeat(9)}`],
  ['a fine-grained GitHub token', `github_pat_${'a1B2'.repeat(10)}`],
  ['a GitLab token', `glpat-${'a1B2'.repeat(5)}`],
  ['a Slack token', 'xoxb-1234567890'],
  ['a Stripe key', `sk_live_${'a1B2'.repeat(4)}`],
  ['a signing secret', `whsec_${'a1B2'.repeat(6)}`],
  ['a Google key', `AIza${'a1B2c'.repeat(7)}`],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----'],
  ['a web token', 'eyJhbGciOiJub25lIn0.e30.'],
  ['an escaped key', 'AKIAIOSFODNN7EXAMPLE\n'],
  ['prose', 'a rather long note, of 12 words and - like this - dashes_and A z'],
])('%s in a payload is judged the same with the screen', async (_, text) => {
  const events = withoutPayments(generated('secrets', 100));
  for (const [name, value] of [
    ['note', text],
    ['password', text],
    ['reason', [text]],
    ['cvv', '123'],
  ]) {
    const event = events[50];
    if (event === undefined) throw new Error('too few events');
    const changed = events.with(50, { ...event, data: { ...event.data, [String(name)]: value } });
    expect(await changedBy([[ndjson(changed)]], [4096]), String(name)).toEqual([]);
  }
});

test('numbers as long as a card’s, bare in their member, are judged the same with the screen', async () => {
  const events = withoutPayments(generated('secrets', 100)).map((event, index) => ({
    ...event,
    data: { ...event.data, number: 4_539_148_803_436_467 + index },
  }));
  expect(await changedBy([[ndjson(events)]], [4096])).toEqual([]);
});

test.each([
  ['goes back', (ms: number, index: number) => (index === 40 ? ms - 5000 : ms)],
  ['jumps by an hour', (ms: number, index: number) => (index > 40 ? ms + 3_600_000 : ms)],
  ['drifts by ten minutes', (ms: number, index: number) => ms + index * 6000],
  ['is ahead by less than a second', (ms: number) => ms - 900],
  ['is ahead by more', (ms: number, index: number) => (index === 40 ? ms - 1500 : ms)],
])('a clock that %s is judged the same with the screen', async (_, recorded) => {
  const events = withoutPayments(generated('clock', 100)).map((event, index) => ({
    ...event,
    recordedtime: new Date(recorded(Date.parse(event.time), index)).toISOString(),
  }));
  expect(await changedBy([[ndjson(events)]], [4096])).toEqual([]);
});
