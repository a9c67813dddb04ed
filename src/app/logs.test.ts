import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { systemClock } from '../kernel/time.ts';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../runtime/sandbox/log-file.ts';
import type { Context } from './context.ts';
import { logs, type LogsInput } from './logs.ts';
import { tokenBench } from './tokens.fixture.ts';

const ALL: LogsInput = { name: undefined, follow: false, lines: undefined, json: false };
const WAIT = { timeout: 5000, interval: 20 };

let bench: ReturnType<typeof tokenBench>;
let context: Context;
let interrupt: AbortController;
beforeEach(() => {
  bench = tokenBench('name: acme\n');
  interrupt = new AbortController();
  context = { ...bench.context, clock: systemClock, signal: interrupt.signal };
  mkdirSync(join(context.cwd, '.fintech', 'logs'), { recursive: true });
});
afterEach(() => bench[Symbol.dispose]());

const path = (file: string) => join(context.cwd, '.fintech', 'logs', file);
const stamped = (second: number, text: string) =>
  `2027-01-01T00:00:${String(second).padStart(2, '0')}.000Z ${text}\n`;
const shown = () => bench.written.join('');

describe('logs', () => {
  it('merges units by time, and starts with what was rotated away', async () => {
    writeFileSync(path('a.log.1'), stamped(1, 'one'));
    writeFileSync(path('a.log'), stamped(3, 'three') + stamped(5, 'five'));
    writeFileSync(path('bank.log'), stamped(2, 'two') + stamped(4, 'four'));
    await logs(context, ALL);
    expect(shown()).toBe('a    | one\nbank | two\na    | three\nbank | four\na    | five\n');
  });

  it('shows the newest lines of all, in JSON too', async () => {
    writeFileSync(path('a.log'), stamped(1, 'one') + stamped(3, 'three') + stamped(5, 'five'));
    writeFileSync(path('b.log'), stamped(2, 'two') + stamped(4, 'four'));
    await logs(context, { ...ALL, lines: 2, json: true });
    expect(bench.written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: '2027-01-01T00:00:04.000Z', unit: 'b', line: 'four' },
      { time: '2027-01-01T00:00:05.000Z', unit: 'a', line: 'five' },
    ]);
    bench.written.length = 0;
    await logs(context, { ...ALL, lines: 0 });
    expect(shown()).toBe('');
  });

  it('holds little of a big file for its last line', async () => {
    const part = stamped(1, 'x'.repeat(9000)).repeat(1000);
    for (let parts = 0; parts < 24; parts++) appendFileSync(path('a.log'), part);
    appendFileSync(path('a.log'), stamped(2, 'last'));
    const before = process.memoryUsage().rss;
    let peak = 0;
    const watching = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 1);
    await logs(context, { ...ALL, lines: 1 });
    clearInterval(watching);
    expect(shown()).toBe('a | last\n');
    expect(peak - before).toBeLessThan(100e6);
  });

  it('leaves out a line that passes the limit, and shows a last one without a line feed', async () => {
    const longest = 'x'.repeat(MAX_LINE_BYTES);
    writeFileSync(path('a.log'), `${stamped(1, longest)}${stamped(2, `${longest}x`)}cut o`);
    await logs(context, ALL);
    expect(bench.written).toEqual([`a | ${longest}\n`, `a | ${LINE_LEFT_OUT}\n`, 'a | cut o\n']);
  });

  it('names a unit that was meant', async () => {
    writeFileSync(path('teller.log'), stamped(1, 'one'));
    await expect(logs(context, { ...ALL, name: 'tellr' })).rejects.toMatchObject({
      code: 'SANDBOX_UNIT_UNKNOWN',
      hint: 'Did you mean teller?',
    });
  });
});

describe('logs --follow', () => {
  const follow = (input: Partial<LogsInput> = {}) => {
    const following = logs(context, { ...ALL, ...input, follow: true });
    following.catch(() => undefined);
    return following;
  };
  afterEach(() => interrupt.abort());

  it('loses nothing of a file that is rotated away', async () => {
    writeFileSync(path('a.log'), stamped(1, 'one'));
    void follow();
    await vi.waitFor(() => expect(shown()).toBe('a | one\n'), WAIT);
    appendFileSync(path('a.log'), stamped(2, 'tail'));
    renameSync(path('a.log'), path('a.log.1'));
    writeFileSync(path('a.log'), stamped(3, 'fresh'));
    await vi.waitFor(() => expect(shown()).toBe('a | one\na | tail\na | fresh\n'), WAIT);
    appendFileSync(path('a.log'), stamped(4, 'more'));
    await vi.waitFor(() => expect(bench.written.at(-1)).toBe('a | more\n'), WAIT);
    expect(bench.written).toHaveLength(4);
  });

  it('starts over with a file that was emptied', async () => {
    writeFileSync(path('a.log'), stamped(1, 'something long'));
    void follow({ lines: 0 });
    await systemClock.sleep(300);
    writeFileSync(path('a.log'), stamped(2, 'new'));
    await vi.waitFor(() => expect(shown()).toBe('a | new\n'), WAIT);
  });

  it('waits for the end of a line', async () => {
    writeFileSync(path('a.log'), stamped(1, 'half').trimEnd());
    void follow();
    await systemClock.sleep(300);
    expect(shown()).toBe('');
    appendFileSync(path('a.log'), ' and half\n');
    await vi.waitFor(() => expect(shown()).toBe('a | half and half\n'), WAIT);
  });

  it('ends with the reason it was interrupted for', async () => {
    writeFileSync(path('a.log'), stamped(1, 'one'));
    const following = follow();
    await vi.waitFor(() => expect(shown()).toBe('a | one\n'), WAIT);
    const reason = new FintechError('INTERRUPTED', 'interrupted');
    interrupt.abort(reason);
    await expect(following).rejects.toBe(reason);
  });
});
