import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../kernel/time.ts';
import { LogFile, MAX_LOG_BYTES } from './log-file.ts';

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
  log.write('x'.repeat(MAX_LOG_BYTES));
  log.flush();
  log.write('fresh');
  log.flush();
  expect(statSync(`${path}.1`).size).toBeGreaterThan(MAX_LOG_BYTES);
  expect(readFileSync(path, 'utf8')).toContain('fresh');
  expect(statSync(path).size).toBeLessThan(100);
});
