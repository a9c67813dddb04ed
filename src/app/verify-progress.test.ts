import { expect, test } from 'vitest';
import { ManualClock } from '../kernel/time.ts';
import { VerifyProgress } from './verify-progress.ts';

/** Two logs of so many bytes each; of one the size may be unknown. */
function bench(sizes: (number | undefined)[] = [600, 400]) {
  const clock = new ManualClock();
  const files = sizes.map((bytes = 0) => ({ readBytes: 0, bytes }));
  const sources = files.map((file, index) => (sizes[index] === undefined ? {} : { files: [file] }));
  const read = (...bytes: number[]) => {
    for (const [index, file] of files.entries()) file.readBytes = bytes[index] ?? file.readBytes;
  };
  return { clock, read, progress: new VerifyProgress(clock, sources) };
}

test('says events, their rate, and how long the rest takes', () => {
  const { clock, read, progress } = bench();
  clock.advance(2000);
  read(200);
  expect(progress.at(10_000)).toBe('10000 events, 5000/s, 8 s left');
  clock.advance(118_000);
  read(250);
  expect(progress.at(60_000)).toBe('60000 events, 500/s, 6 min 0 s left');
  clock.advance(60_000);
  expect(progress.total(90_000)).toBe('90000 events, 500/s');
});

test('says nothing of the rest where a size is unknown, little was read, or all was', () => {
  const piped = bench([600, undefined]);
  piped.clock.advance(1000);
  piped.read(300);
  expect(piped.progress.at(10)).toBe('10 events, 10/s');
  const { clock, read, progress } = bench();
  clock.advance(1000);
  read(10);
  expect(progress.at(10)).toBe('10 events, 10/s');
  clock.advance(1000);
  read(600, 400);
  expect(progress.at(1000)).toBe('1000 events, 500/s');
  const empty = bench([0]);
  expect(empty.progress.at(0)).toBe('0 events, 0/s');
});

test('says it at most ten times a second', () => {
  const { clock, progress } = bench([]);
  expect(progress.at(1)).toBeDefined();
  clock.advance(99);
  expect(progress.at(2)).toBeUndefined();
  clock.advance(1);
  expect(progress.at(3)).toBeDefined();
});

test('a second pass has a rate of its own, and counts only what it has read', () => {
  const { clock, read, progress } = bench();
  clock.advance(10_000);
  read(600, 400);
  progress.at(600_000);
  clock.advance(1000);
  read(1);
  progress.at(0);
  clock.advance(2000);
  read(100);
  expect(progress.at(1000)).toBe('1000 events, 500/s, 18 s left');
  clock.advance(8000);
  read(600, 100);
  expect(progress.at(7000)).toBe('7000 events, 700/s, 5 s left');
});
