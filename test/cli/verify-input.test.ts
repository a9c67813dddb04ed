import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateLog } from '../../src/verify/testing/generate-log.ts';
import { ndjson } from '../../src/verify/testing/log-writer.ts';
import {
  cleanEnvironment,
  ENTRY,
  type Envelope,
  fintech,
  fintechJson,
  temporaryFolder,
} from './program.ts';

interface Report {
  verdict: string;
  events: number;
  interrupted?: true;
  findings: { check: string; message: string }[];
}

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeEach(() => {
  folder = temporaryFolder();
  cwd = folder.path;
});
afterEach(() => folder[Symbol.dispose]());

/** A clean log of so many events. */
const log = (events: number) => ndjson(generateLog({ seed: 'input', events }).writer.events);
const GOOD = log(200);

/** The same log with its first posting's line, or another, written anew. */
function changed(change: (line: string) => string): string {
  const lines = GOOD.toString().split('\n');
  const at = lines.findIndex((line) => line.includes('"postings"'));
  return lines.with(at, change(lines[at] ?? '')).join('\n');
}

const start = (args: string[]) =>
  execa(process.execPath, [ENTRY, 'verify', ...args], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
  });

/** Runs it by a shell, so that its redirections and pipes apply. */
const shell = (line: string) =>
  execa('bash', ['-c', line, process.execPath, ENTRY], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const amount = (text: string) =>
  changed((line) => line.replace(/"amount":"?\d+"?/, `"amount":${text}`));
const noted = (text: string) =>
  changed((line) => line.replace('"data":{', `"data":{"note":${text},`));
const firstBytes = (bytes: Uint8Array, count: number) => bytes.subarray(0, count);

describe('a log that is damaged', () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ['a byte order mark', `\ufeff${GOOD.toString()}`, 'log/corruption', 'a byte order mark'],
    [
      'a byte that is no UTF-8',
      Buffer.concat([GOOD, Buffer.of(0xff, 10)]),
      'log/corruption',
      '0xff',
    ],
    ['NaN', amount('NaN'), 'log/corruption', 'unexpected "N"'],
    ['1e400', amount('1e400'), 'money/minor-units', 'amount is 1e400'],
    [
      '100,000 levels',
      noted(`${'['.repeat(1e5)}${']'.repeat(1e5)}`),
      'log/corruption',
      '128 levels',
    ],
    ['a member twice', noted('1,"note":2'), 'log/envelope', 'member "note" appears twice'],
    ['half of a letter', noted('"\\ud800"'), 'log/corruption', 'is half of a letter'],
    ['no type', changed((line) => line.replace(/"type":"[^"]*",/, '')), 'log/envelope', '"type"'],
    ['an event that is null', changed(() => 'null'), 'log/envelope', 'not an object'],
  ])('by %s is inconsistent, and says where', async (_, bytes, ...[check, message]) => {
    writeFileSync(join(cwd, 'log.ndjson'), bytes);
    const { data, exitCode } = await fintechJson<Report>(['verify', 'log.ndjson'], { cwd });
    expect(exitCode).toBe(3);
    expect(data.findings).toContainEqual(
      expect.objectContaining({ check, message: expect.stringContaining(message) }),
    );
  });

  it('by nothing but CRLF is consistent', async () => {
    writeFileSync(join(cwd, 'log.ndjson'), GOOD.toString().replaceAll('\n', '\r\n'));
    expect((await fintech(['verify', 'log.ndjson'], { cwd })).exitCode).toBe(0);
  });

  it('by a line of 200 MB is told its place, and read on behind it', async () => {
    writeFileSync(join(cwd, 'log.ndjson'), GOOD);
    const long = "head -c 200000000 /dev/zero | tr '\\0' x";
    const line = `(cat log.ndjson; ${long}; echo; cat log.ndjson) | "$0" "$1" verify - --json`;
    const { stdout, exitCode } = await shell(line);
    const { data } = JSON.parse(stdout) as Envelope<Report>;
    expect(exitCode).toBe(3);
    const events = GOOD.toString().trimEnd().split('\n').length;
    expect(data.findings.map(({ message }) => message)).toContain(
      `stdin, byte ${GOOD.length} (line ${events + 1}): a line longer than 16777216 bytes`,
    );
    expect(data.events).toBe(2 * events);
  });
});

describe('what is no log', () => {
  it.each<[string, string | Uint8Array, string]>([
    [
      'a picture',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa]),
      'byte 0x89 is no UTF-8',
    ],
    ['a cut gzip', firstBytes(gzipSync(GOOD), 500), 'the gzip data is damaged or cut off'],
    ['a cut zstd', firstBytes(zstdCompressSync(GOOD), 500), 'the zstd data is damaged or cut off'],
    ['a cut array', `[${GOOD.toString().split('\n')[0]}`, 'the JSON array is cut off'],
    ['a row too short', 'id,amount\n1,2\n3\n', 'line 3: 1 cells'],
    ['an entity bomb', '<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>', 'a document type'],
  ])('%s exits 2 and says why', async (_, bytes, message) => {
    writeFileSync(join(cwd, 'file'), bytes);
    const { error, exitCode } = await fintechJson(['verify', 'file'], { cwd });
    expect([error?.code, exitCode]).toEqual(['VERIFY_SOURCE', 2]);
    expect(error?.message).toContain(message);
  });

  it('a folder exits 2 and says what to name', async () => {
    const { stderr, exitCode } = await fintech(['verify', '.'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("fintech verify './*.ndjson'");
  });

  it('an empty file is inconclusive', async () => {
    writeFileSync(join(cwd, 'log.ndjson'), '');
    expect((await fintech(['verify', 'log.ndjson'], { cwd })).exitCode).toBe(4);
  });
});

describe('every format', () => {
  it('says the same of the same events', async () => {
    const events = GOOD.toString().trimEnd().split('\n');
    writeFileSync(join(cwd, 'plain.ndjson'), GOOD);
    writeFileSync(join(cwd, 'packed.gz'), gzipSync(GOOD));
    writeFileSync(join(cwd, 'packed.zst'), zstdCompressSync(GOOD));
    const array = JSON.stringify(
      events.map((line) => JSON.parse(line) as unknown),
      null,
      2,
    );
    writeFileSync(join(cwd, 'array.json'), array);
    const report = async (file: string) => {
      const { data, exitCode } = await fintechJson<Report>(['verify', file], { cwd });
      return { ...data, exitCode };
    };
    const plain = await report('plain.ndjson');
    expect(plain).toMatchObject({ exitCode: 0, verdict: 'consistent', events: events.length });
    for (const file of ['packed.gz', 'packed.zst', 'array.json']) {
      expect(await report(file), file).toEqual(plain);
    }
  });
});

describe('a reader that went away', () => {
  it('leaves verify its exit code and stderr in peace', async () => {
    writeFileSync(join(cwd, 'log.ndjson'), amount('1e400'));
    const line = '"$0" "$1" verify --quiet log.ndjson --show full | true; exit "${PIPESTATUS[0]}"';
    expect(await shell(line)).toMatchObject({ exitCode: 3, stderr: '' });
  });
});

describe('Ctrl-C half-way', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('prints what was found by then: %s', async (signal, exitCode) => {
    const program = start(['-', '--json', '--reporter', 'junit=report.xml']);
    // More than a pipe holds: once it is taken, much of it was read.
    const bytes = log(3000);
    await new Promise((resolve) => program.stdin.write(bytes, resolve));
    await pause(500);
    program.kill(signal);
    const ended = await program;
    const { data, error } = JSON.parse(ended.stdout) as Envelope<Report>;
    expect(data).toMatchObject({ interrupted: true, verdict: 'inconclusive' });
    expect(data.events).toBeGreaterThan(100);
    expect([error?.code, ended.exitCode]).toEqual(['INTERRUPTED', exitCode]);
    expect(readFileSync(join(cwd, 'report.xml'), 'utf8')).toMatch(/^<\?xml/);
  });
});

describe('progress', () => {
  const EVENT = '{"specversion":"1.0","id":"%d","source":"/s","type":"a.b"}';
  const events = (count: number) =>
    `awk 'BEGIN { for (i = 1; i <= ${count}; i++) printf "${EVENT.replaceAll('"', '\\"')}\\n", i }'`;
  const verify = (source: string) =>
    `"${process.execPath}" "${ENTRY}" verify ${source} --only log/envelope`;

  /** What a terminal of 120 columns is shown, one line for each time it is drawn. */
  async function shown(line: string): Promise<string[]> {
    const { stdout } = await execa(
      'script',
      ['-qec', `stty cols 120 rows 40; ${line}`, '/dev/null'],
      {
        cwd,
        env: cleanEnvironment(),
        extendEnv: false,
        stdin: 'ignore',
      },
    );
    return stdout.split(/[\r\n]+/).map(stripVTControlCharacters);
  }

  it.skipIf(process.platform !== 'linux')(
    'of a million events from stdin is shown on a terminal, with its rate',
    async () => {
      const lines = await shown(`${events(1_000_000)} | ${verify('-')}`);
      const live = lines.flatMap(
        (line) => /^… verify - (\d+) events, \d+\/s$/.exec(line)?.[1] ?? [],
      );
      // How many times depends on the machine.
      expect(live.length).toBeGreaterThan(1);
      expect(live.map(Number)).toEqual(live.map(Number).toSorted((a, b) => a - b));
      // The last may come when all are read and not all is judged.
      expect(Number(live[0])).toBeLessThan(1_000_000);
      expect(lines).toContainEqual(expect.stringMatching(/^✔ verify - 1000000 events, \d+\/s$/));
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'of a file is shown with the time that is left',
    async () => {
      await shell(`${events(500_000)} > log.ndjson`);
      const lines = await shown(verify('log.ndjson'));
      expect(lines).toContainEqual(
        expect.stringMatching(/^… verify log\.ndjson \d+ events, \d+\/s, \d+ s left$/),
      );
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'is told at the end on a terminal that says no width',
    async () => {
      const { stdout } = await execa(
        'script',
        ['-qec', `${events(10)} | ${verify('-')}`, '/dev/null'],
        {
          cwd,
          env: cleanEnvironment(),
          extendEnv: false,
          stdin: 'ignore',
        },
      );
      expect(stdout).toMatch(/^ok verify -: 10 events, \d+\/s\r$/m);
    },
  );

  it('is not shown where stderr is a pipe', async () => {
    const { stderr, stdout } = await shell(`${events(1_000_000)} | ${verify('-')}`);
    expect(stderr).toMatch(/^ok verify -: 1000000 events, \d+\/s$/);
    expect(stdout).toContain('1000000 events');
  });
});
