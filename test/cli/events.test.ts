import { writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cleanEnvironment, fintech, fintechJson, ROOT, temporaryFolder, write } from './program.ts';

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeAll(async () => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), 'name: acme\n');
  await fintech(['up', '--detach'], { cwd });
});
afterAll(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

const event = (id: string, data: unknown = {}) => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'a.b',
  data,
});
const lines = (text: string) => text.trimEnd().split('\n');

describe('events append', () => {
  it('takes one event, an array and NDJSON, from a file or stdin', async () => {
    const one = await fintechJson(['events', 'append', 'forms'], {
      cwd,
      input: JSON.stringify(event('f1')),
    });
    expect(one.data).toMatchObject({ stream: 'forms', revision: 0, replayed: false });
    write(join(cwd, 'two.json'), JSON.stringify([event('f2'), event('f3')]));
    const two = await fintechJson(['events', 'append', 'forms', 'two.json'], { cwd });
    expect(two.data).toMatchObject({ revision: 2 });
    const ndjson = `${JSON.stringify(event('f4'))}\n${JSON.stringify(event('f5'))}\n`;
    const more = await fintechJson(['events', 'append', 'forms', '-'], { cwd, input: ndjson });
    expect(more.data).toMatchObject({ revision: 4 });
  });

  it('is idempotent, and refuses another body under the same id', async () => {
    const input = JSON.stringify(event('again'));
    await fintech(['events', 'append', 'twice'], { cwd, input });
    const replay = await fintechJson(['events', 'append', 'twice'], { cwd, input });
    expect(replay.data).toMatchObject({ replayed: true, revision: 0 });
    const other = await fintechJson(['events', 'append', 'twice'], {
      cwd,
      input: JSON.stringify(event('again', { a: 1 })),
    });
    expect([other.exitCode, other.error?.code]).toEqual([2, 'EVENTS_REFUSED']);
    expect(other.error?.details['type']).toBe('urn:fintech:problem:id-reuse');
  });

  it('holds to the expected revision', async () => {
    const append = (expected: string) =>
      fintechJson(['events', 'append', 'guarded', '--type', 'a.b', '--expected', expected], {
        cwd,
      });
    expect((await append('exists')).exitCode).toBe(2);
    expect((await append('none')).exitCode).toBe(0);
    expect((await append('0')).exitCode).toBe(0);
    expect((await append('0')).error?.details['status']).toBe(412);
    expect((await append('maybe')).error?.code).toBe('USAGE_INVALID');
  });

  it('keeps the digits of a number as they were written', async () => {
    const data = '{"a":1.10,"b":12345678901234567890}';
    await fintech(['events', 'append', 'digits', '--type', 'a.b', '--data', data], { cwd });
    expect((await fintech(['events', 'read', 'digits'], { cwd })).stdout).toContain(
      `"data":${data}`,
    );
  });

  it.each([
    ['not json', 'EVENTS_REFUSED'],
    ['', 'EVENTS_REFUSED'],
    ['[]', 'EVENTS_REFUSED'],
    ['{"specversion":"1.0"}', 'EVENTS_REFUSED'],
  ])('refuses %j with exit 2', async (input, code) => {
    const { exitCode, error } = await fintechJson(['events', 'append', 'bad'], { cwd, input });
    expect([exitCode, error?.code]).toEqual([2, code]);
  });
});

describe('what is no text of events', () => {
  it('is refused before anything is stored', async () => {
    writeFileSync(join(cwd, 'latin1.json'), Buffer.from('{"id":"q\xff"}', 'latin1'));
    const { exitCode, error } = await fintechJson(['events', 'append', 's', 'latin1.json'], {
      cwd,
    });
    expect([exitCode, error?.code]).toEqual([2, 'USAGE_INVALID']);
    expect(error?.message).toBe('latin1.json is not UTF-8');
    const missing = await fintechJson(['events', 'append', 's', 'nowhere.json'], { cwd });
    expect([missing.exitCode, missing.error?.code]).toEqual([2, 'USAGE_INVALID']);
    const large = await fintechJson(['events', 'append', 's'], {
      cwd,
      input: ' '.repeat(8_388_609),
    });
    expect([large.exitCode, large.error?.code]).toEqual([2, 'USAGE_INVALID']);
  });
});

describe('events read and export', () => {
  it('give the same bytes, a stream or the whole log, either way', async () => {
    const data = Array.from({ length: 5 }, (_, index) => event(`r${index}`));
    await fintech(['events', 'append', 'read-me'], { cwd, input: JSON.stringify(data) });
    const stream = lines((await fintech(['events', 'read', 'read-me'], { cwd })).stdout);
    expect(stream).toHaveLength(5);
    const back = lines(
      (await fintech(['events', 'read', 'read-me', '--backward', '--limit', '2'], { cwd })).stdout,
    );
    expect(back).toEqual([stream[4], stream[3]]);
    const rest = lines(
      (await fintech(['events', 'read', 'read-me', '--from', '3'], { cwd })).stdout,
    );
    expect(rest).toEqual(stream.slice(3));
    const whole = lines((await fintech(['events', 'export'], { cwd })).stdout);
    for (const line of stream) expect(whole).toContain(line);
    expect(lines((await fintech(['events', 'read'], { cwd })).stdout)).toEqual(whole);
  });

  it('say that a stream does not exist', async () => {
    const { exitCode, error } = await fintechJson(['events', 'read', 'nowhere'], { cwd });
    expect([exitCode, error?.code]).toEqual([2, 'EVENTS_REFUSED']);
  });

  it('export what verify reads, plain and compressed', async () => {
    const log = (await fintech(['events', 'export'], { cwd })).stdout;
    write(join(cwd, 'log.ndjson.gz'), '');
    writeFileSync(join(cwd, 'log.ndjson.gz'), gzipSync(log));
    expect(gunzipSync(gzipSync(log)).toString()).toBe(log);
    const only = ['--only', 'log/*'];
    const piped = await fintechJson<{ events: number }>(['verify', '-', ...only], {
      cwd,
      input: log,
    });
    const packed = await fintechJson<{ events: number }>(['verify', 'log.ndjson.gz', ...only], {
      cwd,
    });
    const live = await fintechJson<{ events: number }>(['verify', 'sandbox', ...only], { cwd });
    expect([piped.exitCode, packed.exitCode, live.exitCode]).toEqual([0, 0, 0]);
    expect(new Set([piped.data.events, packed.data.events, live.data.events]).size).toBe(1);
  });
});

describe('events tail', () => {
  it('shows events as they come, until it is interrupted', async () => {
    const tail = execa(process.execPath, [join(ROOT, 'bin/fintech.js'), 'events', 'tail', 'live'], {
      cwd,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    let seen = '';
    tail.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    let count = 0;
    await vi.waitFor(
      async () => {
        await fintech(['events', 'append', 'live', '--type', 'a.b', '--data', String(++count)], {
          cwd,
        });
        expect(seen).toContain('"type":"a.b"');
      },
      { timeout: 20_000, interval: 100 },
    );
    tail.kill('SIGINT');
    expect((await tail).exitCode).toBe(130);
    expect(seen).not.toContain('"control"');
  });
});

it('without a running sandbox exits 5 and says what to run', async () => {
  using other = temporaryFolder();
  write(join(other.path, 'fintech.yaml'), 'name: idle\nsandbox: { ports: { events: 9 } }\n');
  const { exitCode, error } = await fintechJson(['events', 'export'], { cwd: other.path });
  expect([exitCode, error?.code, error?.hint]).toEqual([
    5,
    'EVENTS_UNREACHABLE',
    'Run `fintech up`.',
  ]);
});
