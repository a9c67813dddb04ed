import { expect, test } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { generateLog } from '../testing/generate-log.ts';
import { CORRUPTIONS } from '../testing/corruptions.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';
import { MAX_LINE_BYTES } from '../source/source.ts';

/** Three events of no vocabulary. */
const lines = (): string[] => {
  const writer = new LogWriter();
  for (const word of ['one', 'two', 'three']) writer.append('words', 'words.said', { word });
  return writer.events.map((event) => JSON.stringify(event));
};
const log = (text: string[], end = '\n') => Buffer.from(text.join('\n') + end);
const splice = (bytes: Buffer, at: number, byte: number) => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(byte, at);
  return copy;
};
const found = async (bytes: Buffer) => {
  const { findings, events, checks } = await verifyBytes(bytes);
  const corruption = checks.find(({ id }) => id === 'log/corruption');
  return {
    events,
    corruption,
    messages: findings.map(({ check, message }) => `${check}: ${message}`),
  };
};

test('line feeds may be CRLF, lines blank, the last one unended', async () => {
  const [one = '', two = '', three = ''] = lines();
  const read = await found(Buffer.from(`${one}\r\n\r\n${two}\n \t\n${three}`));
  expect(read).toMatchObject({
    events: 3,
    messages: [],
    corruption: { checked: 3, skipped: 2, reason: 'the line is blank' },
  });
});

test('a byte order mark is found at byte 0, and the event behind it read', async () => {
  const read = await found(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), log(lines())]));
  expect(read.events).toBe(3);
  expect(read.messages).toEqual([
    'log/corruption: log.ndjson, byte 0 (line 1): a byte order mark, which RFC 8259 §8.1 forbids',
  ]);
});

test('invalid UTF-8 is found at its byte, behind other letters and real replacement characters', async () => {
  const [one = '', two = '', three = ''] = lines();
  const text = log([one, two.replace('two', 'ä\ufffd€#'), three]);
  const at = text.indexOf('#');
  const read = await found(splice(text, at, 0xc3));
  expect(read.messages).toEqual([
    `log/corruption: log.ndjson, byte ${at} (line 2): byte 0xc3 is no UTF-8`,
  ]);
});

test.each([
  ['\\ud800', '\\ud800'],
  ['é\\uDFFF', '\\uDFFF'],
  ['\\ud83d\\ud83d\\ude00', '\\ud83d'],
  ['\\\\\\udc00', '\\udc00'],
])('half of a letter (%s) is found at its byte, and the event is read', async (text, half) => {
  const [one = '', two = '', three = ''] = lines();
  const log = [one, two.replace('"two"', `"${text}"`), three].join('\n');
  const read = await found(Buffer.from(log));
  const at = Buffer.byteLength(log.slice(0, log.indexOf(half)));
  expect(read).toMatchObject({ events: 3, corruption: { checked: 3, found: 1 } });
  expect(read.messages).toEqual([
    `log/corruption: log.ndjson, byte ${at} (line 2): ${half} is half of a letter (a lone surrogate, RFC 8259 §8.2)`,
  ]);
});

test.each(['\\ud83d\\ude00', '\\uD83D\\uDE00 \\uffff', '\\\\ud800', '😀', '\\n\\ufffd'])(
  'a whole letter is no half of one: %s',
  async (text) => {
    const [one = '', two = ''] = lines();
    expect((await found(log([one, two.replace('"two"', `"${text}"`)]))).messages).toEqual([]);
  },
);

test('bad JSON is found at its byte, and what was in it leaves no gap behind', async () => {
  const [one = '', two = '', three = ''] = lines();
  const broken = two.replace('"two"', 'ü two');
  const at = Buffer.byteLength(`${one}\n${broken.slice(0, broken.indexOf('ü'))}`);
  const read = await found(log([one, broken, three]));
  expect(read.messages).toEqual([
    `log/corruption: log.ndjson, byte ${at} (line 2): no JSON: unexpected "ü"`,
  ]);
});

test('a torn last line is normal, the same line in the middle is not', async () => {
  const [one = '', two = '', three = ''] = lines();
  const torn = await found(log([one, two, three.slice(0, 40)], ''));
  expect(torn).toMatchObject({ events: 2, messages: [], corruption: { skipped: 1 } });
  expect(torn.corruption?.reason).toContain(`byte ${one.length + two.length + 2}`);
  const ended = await found(log([one, two, three.slice(0, 40)]));
  expect(ended.messages).toHaveLength(1);
});

test('a line torn inside a letter is torn, not invalid', async () => {
  const [one = '', two = ''] = lines();
  const bytes = log([one, two.replace('two', '€')], '');
  expect(await found(bytes.subarray(0, bytes.indexOf('€') + 2))).toMatchObject({
    events: 1,
    messages: [],
  });
});

test('a last line is torn wherever it is cut', async () => {
  const [one = ''] = lines();
  const whole = Buffer.from(
    '{"é":"€\\u00e9\\n😀","n":[-1.5e+10, 2E-3,-0.5],"l":[true,false,null, true],"o":{}}',
  );
  for (let end = 1; end < whole.length; end++) {
    const cut = whole.subarray(0, end);
    const read = await found(Buffer.concat([log([one]), cut]));
    expect(read, cut.toString()).toMatchObject({ events: 1, messages: [] });
  }
});

test.each<[string, (line: string) => string | Buffer]>([
  ['another quote', (line) => line.replace('"data"', `'data"`)],
  ['a byte that is no UTF-8', (line) => splice(Buffer.from(line), line.indexOf('data'), 0xff)],
  ['such a byte at its end', (line) => splice(Buffer.from(line), line.length - 1, 0xff)],
  ['half a letter behind its end', (line) => Buffer.concat([Buffer.from(line), Buffer.of(0xe2)])],
  [
    'another quote, and an end within a letter',
    (line) => Buffer.concat([Buffer.from(line.replace('"id"', `'id"`)), Buffer.of(0xe2, 0x82)]),
  ],
  ['another bracket', (line) => `${line.slice(0, -1)}]`],
  ['letters behind its end', (line) => `${line}t`],
  ['zeros in the place of its end', (line) => `${line.slice(0, -9)}${'\0'.repeat(9)}`],
])('a last line with %s is damaged, not torn', async (_, damage) => {
  const [one = '', two = ''] = lines();
  const { events, messages } = await found(Buffer.concat([log([one]), Buffer.from(damage(two))]));
  expect(events).toBe(1);
  expect(messages).toEqual([expect.stringContaining('(line 2): ')]);
});

test('a part that ends torn is damaged, unless it is the last', async () => {
  const [one = '', two = '', three = ''] = lines();
  const parts = [log([one, two.slice(0, 30)], ''), log([three])];
  const { findings, events } = await verifySources([memorySource('log', parts)]);
  expect(events).toBe(2);
  expect(findings.map(({ message }) => message)).toEqual([
    expect.stringContaining(`log-1, byte ${one.length + 31} (line 2 of log-1): no JSON`),
  ]);
});

test('a line at the limit is read, one byte more is found and passed over', async () => {
  const [one = '', two = '', three = ''] = lines();
  const padded = (bytes: number) => two + ' '.repeat(bytes - two.length);
  expect((await found(log([one, padded(MAX_LINE_BYTES), three]))).messages).toEqual([]);
  const read = await found(log([one, padded(MAX_LINE_BYTES + 1), three]));
  expect(read.events).toBe(2);
  expect(read.messages).toEqual([
    `log/corruption: log.ndjson, byte ${one.length + 1} (line 2): a line longer than ${MAX_LINE_BYTES} bytes`,
  ]);
});

test('an event of more than 1 MiB is read, one nested without end is found', async () => {
  const [one = '', two = '', three = ''] = lines();
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const big = one.replace('"one"', JSON.stringify('x'.repeat(2_000_000)));
  expect((await found(log([big, two.replace('"two"', nested(127)), three]))).messages).toEqual([]);
  const deep = await found(log([big, two.replace('"two"', nested(128)), three]));
  expect(deep.messages).toEqual([expect.stringContaining('nested more than 128 levels')]);
});

test('zeroed blocks, which a crash leaves, are found', async () => {
  const [one = '', , three = ''] = lines();
  const read = await found(log([one, '\0'.repeat(300), three]));
  expect(read.messages).toEqual([
    expect.stringContaining(`byte ${one.length + 1} (line 2): no JSON`),
  ]);
});

test('control lines of a followed log are passed over', async () => {
  const control = '{"control":"heartbeat","position":"3"}';
  const { checks, findings } = await verifyBytes(log([...lines(), control]));
  expect(findings).toEqual([]);
  expect(checks.find(({ id }) => id === 'log/envelope')).toMatchObject({ checked: 3, skipped: 1 });
});

test.each([
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d])],
  ['a JSON array over many lines', Buffer.from('[\n  {"id":\n "1"}\n]\n')],
  ['prose', Buffer.from('Dear customer,\nyour balance is 5.\n')],
  ['numbers', Buffer.from('1\n2\n3\n')],
])('%s is no log: an error, not a hundred findings', async (_, bytes) => {
  await expect(verifyBytes(bytes)).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: expect.stringContaining(
      'log.ndjson holds no event that can be read: log.ndjson, byte ',
    ),
  });
});

test('an empty log is inconclusive, unless it is allowed', async () => {
  expect(await verifyBytes(Buffer.alloc(0))).toMatchObject({
    verdict: 'inconclusive',
    events: 0,
    head: null,
  });
  expect(await verifyBytes(Buffer.from('\n'))).toMatchObject({ verdict: 'inconclusive' });
  expect(await verifyBytes(Buffer.alloc(0), { allowEmpty: true })).toMatchObject({
    verdict: 'consistent',
  });
});

const { FINTECH_SEED } = process.env;
const SEEDS = FINTECH_SEED === undefined ? ['a', 'b', 'c', 'd', 'e'] : [FINTECH_SEED];

test.each(SEEDS)(
  'how bytes are cut into chunks changes nothing in the report (seed %s)',
  async (seed) => {
    const random = seededRandom(seed);
    for (const corrupt of Object.values(CORRUPTIONS).flatMap((faults) => Object.values(faults))) {
      const { bytes } = corrupt(generateLog({ seed, events: 600 }), seededRandom(seed));
      const whole = JSON.stringify(await verifyBytes(bytes));
      const chunkBytes = 1 + Math.floor(random.fraction() * 2000);
      const cut = await verifySources([memorySource('log.ndjson', [bytes], chunkBytes)]);
      expect(JSON.stringify(cut), `chunks of ${chunkBytes}`).toBe(whole);
    }
  },
);

test('how a log is cut into files changes no finding', async () => {
  const events = generateLog({ seed: 'parts', events: 300 }).writer.events;
  const cut = [
    ndjson(events.slice(0, 100)),
    ndjson(events.slice(100, 101)),
    ndjson(events.slice(101)),
  ];
  expect(await verifySources([memorySource('log', cut)])).toEqual(
    await verifyBytes(ndjson(events)),
  );
});
