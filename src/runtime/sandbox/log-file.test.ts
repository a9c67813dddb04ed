import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { smallDisk } from '../../kernel/small-disk.fixture.ts';
import { ManualClock } from '../../kernel/time.ts';
import { LINE_LEFT_OUT, LogFile, MAX_LINE_BYTES, MAX_LOG_BYTES } from './log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes lines in batches, each with the time it came', () => {
  const clock = new ManualClock('2027-01-01T00:00:00Z');
  const path = join(folder, 'a.log');
  const log = new LogFile(path, clock);
  log.write('one');
  clock.advance(10);
  log.write('two');
  expect(existsSync(path)).toBe(false);
  clock.advance(40);
  expect(readFileSync(path, 'utf8')).toBe(
    '2027-01-01T00:00:00.000Z one\n2027-01-01T00:00:00.010Z two\n',
  );
});

it('keeps the newest twenty lines at hand', () => {
  const log = new LogFile(join(folder, 'a.log'), new ManualClock());
  for (let line = 1; line <= 25; line++) log.write(`line ${line}`);
  expect(log.lastLines).toHaveLength(20);
  expect(log.lastLines[0]).toBe('line 6');
});

it('starts a new file when one has grown past its limit, and keeps one before', () => {
  const path = join(folder, 'a.log');
  const log = new LogFile(path, new ManualClock());
  const line = 'x'.repeat(MAX_LINE_BYTES);
  for (let bytes = 0; bytes < MAX_LOG_BYTES; bytes += line.length) log.write(line);
  log.flush();
  log.write('fresh');
  log.flush();
  expect(statSync(`${path}.1`).size).toBeGreaterThan(MAX_LOG_BYTES);
  expect(readFileSync(path, 'utf8')).toContain('fresh');
  expect(statSync(path).size).toBeLessThan(100);
});

it('holds a line to its limit, and says that it left one out', () => {
  const path = join(folder, 'a.log');
  const log = new LogFile(path, new ManualClock());
  log.write('é'.repeat(MAX_LINE_BYTES / 2));
  log.write(`${'é'.repeat(MAX_LINE_BYTES / 2)}.`);
  log.flush();
  const [whole, left] = readFileSync(path, 'utf8').split('\n');
  expect(whole).toContain('éé');
  expect(left).toBe(`2027-01-01T00:00:00.000Z ${LINE_LEFT_OUT}`);
});

it('writes a flood without waiting for the time, so that it holds little', () => {
  const path = join(folder, 'a.log');
  const log = new LogFile(path, new ManualClock());
  for (let line = 0; line < 10_000; line++) log.write('x'.repeat(99));
  expect(statSync(path).size).toBeGreaterThan(700_000);
});

it('outlives a folder that went away, and says how many lines were lost', () => {
  const clock = new ManualClock();
  const logs = join(folder, 'logs');
  writeFileSync(logs, 'a file, where a folder should be');
  const log = new LogFile(join(logs, 'a.log'), clock);
  for (const line of ['one', 'two']) {
    log.write(line);
    clock.advance(50);
  }
  rmSync(logs);
  mkdirSync(logs);
  for (const line of ['three', 'four']) {
    log.write(line);
    clock.advance(50);
  }
  const lines = readFileSync(join(logs, 'a.log'), 'utf8').trimEnd().split('\n');
  expect(lines[0]).toContain('lines dropped: 2');
  expect(lines[0]).toContain('ENOTDIR');
  expect(lines.slice(1).map((line) => line.slice(25))).toEqual(['three', 'four']);
});

it('outlives a full file that cannot be renamed', () => {
  const path = join(folder, 'a.log');
  mkdirSync(`${path}.1`);
  writeFileSync(path, 'x'.repeat(MAX_LOG_BYTES + 1));
  const log = new LogFile(path, new ManualClock());
  log.write('lost');
  log.flush();
  expect(statSync(path).size).toBe(MAX_LOG_BYTES + 1);
  rmdirSync(`${path}.1`);
  log.write('kept');
  log.flush();
  expect(readFileSync(path, 'utf8')).toMatch(/lines dropped: 1.*\n.* kept\n$/);
});

it('outlives a full disk, and leaves no half of a line on it', ({ skip }) => {
  using disk = smallDisk(65_536);
  if (disk === undefined) return skip('only root may mount a small disk');
  const path = join(disk.path, 'a.log');
  const log = new LogFile(path, new ManualClock());
  log.write('first');
  log.flush();
  writeFileSync(join(disk.path, 'filler'), 'x'.repeat(32_768));
  log.write('y'.repeat(60_000));
  log.flush();
  expect(readFileSync(path, 'utf8')).toMatch(/^\S+ first\n$/);
  rmSync(join(disk.path, 'filler'));
  log.write('last');
  log.flush();
  expect(readFileSync(path, 'utf8')).toMatch(/first\n.*lines dropped: 1;.*ENOSPC.*\n.* last\n$/);
});
