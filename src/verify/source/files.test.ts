import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import { CLOUD_EVENTS } from './cloud-events.ts';
import { filesSource } from './files.ts';
import type { Source } from './source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, bytes: string | Uint8Array) =>
  writeFileSync(join(folder, name), bytes);
const textOf = async (source: Source) => {
  const parts: string[] = [];
  for (const part of source.parts) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.open()) chunks.push(chunk);
    parts.push(Buffer.concat(chunks).toString());
  }
  return parts;
};
async function* nothing(): AsyncGenerator<Uint8Array> {}
const open = (patterns: string[], stdin: AsyncIterable<Uint8Array> = nothing()) =>
  filesSource(patterns, { name: 'log', reading: CLOUD_EVENTS, cwd: folder, stdin });
const read = async (pattern: string) => textOf(await open([pattern]));
const failure = (pattern: string) =>
  read(pattern).then(
    () => undefined,
    (error: unknown) => (error instanceof FintechError ? `${error.code}: ${error.message}` : error),
  );

test('a file is a log of one part', async () => {
  write('log.ndjson', 'a\n');
  expect(await read('log.ndjson')).toEqual(['a\n']);
});

test('the files of a glob are parts of one log, in natural order', async () => {
  for (const number of [10, 2, 1]) write(`part-${number}.ndjson`, `${number}`);
  const source = await open(['part-*.ndjson']);
  expect(source.parts.map(({ name }) => name)).toEqual([
    'part-1.ndjson',
    'part-2.ndjson',
    'part-10.ndjson',
  ]);
  expect(await textOf(source)).toEqual(['1', '2', '10']);
});

test('a file whose name looks like a glob is that file', async () => {
  write('log[1].ndjson', 'bracketed');
  write('log1.ndjson', 'other');
  expect(await read('log[1].ndjson')).toEqual(['bracketed']);
});

test('gzip is recognised by its bytes, members joined, whatever the name', async () => {
  write('log.txt', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
  expect(await read('log.txt')).toEqual(['one\ntwo\n']);
});

test('zstd is recognised by its bytes', async () => {
  write('log.txt', Buffer.concat([zstdCompressSync('one\n'), zstdCompressSync('two\n')]));
  expect(await read('log.txt')).toEqual(['one\ntwo\n']);
});

test('CSV, arrays and statements are told apart, compressed or not, and read as NDJSON', async () => {
  const csv = 'id,amount\n1,0.10\n';
  const row = '{"id":"1","amount":"0.10"}\n';
  write('rows.csv', csv);
  write('rows.csv.gz', gzipSync(csv));
  write('rows', csv);
  write('rows.tsv', csv.replaceAll(',', '\t'));
  write('one-column.csv', 'id\n1\n');
  write('events.json', '[\n  {"id":"1"},\n  {"id":"2"}\n]\n');
  write('bank', '<Document><Stmt><Id>s1</Id></Stmt></Document>');
  for (const file of ['rows.csv', 'rows.csv.gz', 'rows', 'rows.tsv']) {
    expect(await read(file), file).toEqual([row]);
  }
  expect(await read('one-column.csv')).toEqual(['{"id":"1"}\n']);
  const [array = ''] = await read('events.json');
  expect(array.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
    { id: '1' },
    { id: '2' },
  ]);
  expect((await read('bank'))[0]).toMatch(/^{"record":"statement","statement":"s1"/);
});

test.each([
  ['log.ndjson', 'id,amount\n'],
  ['log', 'id\n'],
  ['log', '"id":"1","source":"bank"}\n{}\n'],
  ['log', '\0\0\0,\0'],
  ['log', '\n\n{"id":"1"}\n'],
  ['log', ''],
])('what is in %s stays as it is: %j', async (name, text) => {
  write(name, text);
  expect(await read(name)).toEqual([text]);
});

test('a first line without end is not looked through for a header for ever', async () => {
  const text = `id,${'x'.repeat(65_536)}\n`;
  write('log', text);
  const [made = ''] = await read('log');
  expect(made.length).toBe(text.length);
});

test('several patterns are parts of one log, in the order given', async () => {
  write('b.ndjson', 'b\n');
  write('a-1.ndjson', 'a1\n');
  write('a-2.csv', 'n\n2\n');
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('piped\n');
  }
  await using source = await open(['b.ndjson', 'a-*', '-'], stdin());
  expect(source.parts.map(({ name }) => name)).toEqual([
    'b.ndjson',
    'a-1.ndjson',
    'a-2.csv',
    'stdin',
  ]);
  expect(await textOf(source)).toEqual(['b\n', 'a1\n', '{"n":"2"}\n', 'piped\n']);
});

test('a large gzip comes through whole, and as often as it is opened', async () => {
  const text = Array.from({ length: 200_000 }, (_, i) => `{"line":${i}}\n`).join('');
  write('log.ndjson.gz', gzipSync(text));
  const source = await open(['log.ndjson.gz']);
  expect(await textOf(source)).toEqual([text]);
  expect(await textOf(source)).toEqual([text]);
});

test('a reader that stops early leaves a gzip without complaint', async () => {
  write('log.gz', gzipSync(Buffer.alloc(5_000_000, 'x')));
  const [part] = (await open(['log.gz'])).parts;
  for await (const chunk of part?.open() ?? []) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});

test.each([4, 300_000])('behind %i zeros a gzip may end, but not go on', async (zeros) => {
  const padded = Buffer.concat([gzipSync('one\n'), gzipSync('two\n'), Buffer.alloc(zeros)]);
  write('padded.gz', padded);
  expect(await read('padded.gz')).toEqual(['one\ntwo\n']);
  write('more.gz', Buffer.concat([padded, gzipSync('three\n')]));
  expect(await failure('more.gz')).toBe(
    `VERIFY_SOURCE: more.gz: the gzip data ends in zero bytes, but at byte ${padded.length} there is more`,
  );
});

test('a truncated or damaged gzip says how far its text goes', async () => {
  const whole = gzipSync('hello world\n');
  write('cut.gz', whole.subarray(0, -6));
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 1, damaged.length - 6);
  write('bad.gz', damaged);
  expect(await failure('cut.gz')).toMatch(
    /^VERIFY_SOURCE: cut\.gz: the gzip data is damaged or cut off behind byte \d+/,
  );
  expect(await failure('bad.gz')).toMatch(
    /^VERIFY_SOURCE: bad\.gz: the gzip data is damaged or cut off/,
  );
});

test.each([
  ['nothing.ndjson', /VERIFY_SOURCE: there is no file nothing\.ndjson/],
  ['nothing-*.ndjson', /VERIFY_SOURCE: there is no file nothing-\*\.ndjson/],
  ['.', /VERIFY_SOURCE: \. is a folder/],
  ['log.zip', /VERIFY_SOURCE: log\.zip is a ZIP archive \(byte 0\)/],
  ['log.xz', /VERIFY_SOURCE: log\.xz is compressed with xz/],
  ['log.bz2', /VERIFY_SOURCE: log\.bz2 is compressed with bzip2/],
  ['log.parquet', /VERIFY_SOURCE: log\.parquet is a Parquet file/],
  ['wide.ndjson', /VERIFY_SOURCE: wide\.ndjson is UTF-16/],
  ['log.ndjson/inside', /VERIFY_SOURCE: there is no file/],
])('%s is refused in words', async (pattern, message) => {
  write('log.ndjson', 'a');
  write('log.zip', 'PK\u0003\u0004…');
  write('log.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]));
  write('log.bz2', 'BZh91AY');
  write('log.parquet', 'PAR1…');
  write('wide.ndjson', Buffer.from('\ufeff{}', 'utf16le'));
  expect(await failure(pattern)).toMatch(message);
});

test('a file that grows is read as it was when it was opened, in every pass', async () => {
  write('log.ndjson', 'one\n');
  await using source = await open(['log.ndjson']);
  appendFileSync(join(folder, 'log.ndjson'), 'two\n');
  expect(await textOf(source)).toEqual(['one\n']);
  expect(await textOf(source)).toEqual(['one\n']);
  expect(await read('log.ndjson')).toEqual(['one\ntwo\n']);
});

test('of files it is known how much was read, of a pipe it is not', async () => {
  write('a', 'one\n');
  write('b.gz', gzipSync('two\n'));
  const bytes = gzipSync('two\n').length;
  await using source = await open(['a', 'b.gz']);
  expect(source.files).toMatchObject([
    { readBytes: 0, bytes: 4 },
    { readBytes: 0, bytes },
  ]);
  await textOf(source);
  expect(source.files).toMatchObject([{ readBytes: 4 }, { readBytes: bytes }]);
  await using piped = await open(['a', '-']);
  expect(piped.files).toBeUndefined();
});

test('a file that becomes shorter is refused', async () => {
  write('log.ndjson', 'one\ntwo\n');
  await using source = await open(['log.ndjson']);
  truncateSync(join(folder, 'log.ndjson'), 4);
  await expect(textOf(source)).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: 'log.ndjson became shorter while it was read',
  });
});

test.skipIf(process.platform !== 'linux')(
  'a file that has no size is read to its end',
  async () => {
    expect((await read('/proc/self/status'))[0]).toMatch(/^Name:/);
  },
);

test('a pipe is read twice by way of a copy that is deleted', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('sh', ['-c', `mkfifo '${pipe}'`]);
  const source = await open(['pipe']);
  const writing = execFileAsync('sh', ['-c', `printf 'from a pipe' > '${pipe}'`]);
  expect(await textOf(source)).toEqual(['from a pipe']);
  await writing;
  expect(await textOf(source)).toEqual(['from a pipe']);
  const before = await spools();
  await source[Symbol.asyncDispose]();
  expect((await spools()).length).toBe(before.length - 1);
});

test('standard input can be read again, also when it is compressed', async () => {
  async function* stdin(): AsyncGenerator<Uint8Array> {
    const bytes = gzipSync('piped\n');
    yield bytes.subarray(0, 1);
    yield bytes.subarray(1);
  }
  await using source = await open(['-'], stdin());
  expect(await textOf(source)).toEqual(['piped\n']);
  expect(await textOf(source)).toEqual(['piped\n']);
});

test('what one pass over a pipe leaves unread, the next one reads', async () => {
  async function* stdin(): AsyncGenerator<Uint8Array> {
    for (let number = 1; number <= 5; number++) yield Buffer.from(`${number}\n`);
  }
  await using source = await open(['-'], stdin());
  for (const passes of [1, 3]) {
    let read = '';
    for await (const chunk of source.parts[0]?.open() ?? []) {
      read += Buffer.from(chunk).toString();
      if (read.length >= 2 * passes) break;
    }
    expect('1\n2\n3\n4\n5\n'.startsWith(read)).toBe(true);
  }
  expect(await textOf(source)).toEqual(['1\n2\n3\n4\n5\n']);
  expect(await textOf(source)).toEqual(['1\n2\n3\n4\n5\n']);
});

async function spools(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('fintech-verify-'));
}

async function execFileAsync(file: string, args: string[]): Promise<void> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  await promisify(execFile)(file, args);
}
