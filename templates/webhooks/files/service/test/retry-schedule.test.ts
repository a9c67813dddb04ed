import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  parsePauses,
  pauseMs,
  retryAfterSeconds,
  STANDARD_PAUSES_S,
} from '../src/domain/retry-schedule.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');

describe('the pause after a failed try', () => {
  it('follows the specification: ten tries over 75 h 35 min 5 s', () => {
    const pauses = Array.from({ length: 10 }, (_, index) =>
      pauseMs(STANDARD_PAUSES_S, { tried: index + 1 }, 0),
    );
    assert.deepEqual(pauses.slice(0, 3), [5000, 300_000, 1_800_000]);
    assert.equal(pauses.at(-1), undefined, 'the tenth was the last');
    const wholeMs = pauses.reduce<number>((sum, pause) => sum + (pause ?? 0), 0);
    assert.equal(wholeMs, ((75 * 60 + 35) * 60 + 5) * 1000);
  });

  it('is up to a fifth longer, by chance', () => {
    assert.deepEqual(
      [0, 0.5, 1].map((random) => pauseMs([100], { tried: 1 }, random)),
      [100_000, 110_000, 120_000],
    );
  });

  it('is as long as the receiver asks for, within an hour', () => {
    const asked = (retryAfterS: number) => pauseMs([5], { tried: 1, retryAfterS }, 0);
    assert.deepEqual([2, 90, 3600, 3601, 1e9].map(asked), [5000, 90_000, 3.6e6, 3.6e6, 3.6e6]);
  });

  it('never comes after the last try, whatever the receiver asks for', () => {
    assert.equal(pauseMs([5], { tried: 2, retryAfterS: 60 }, 0), undefined);
    assert.equal(pauseMs([], { tried: 1 }, 0), undefined);
  });
});

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    assert.equal(retryAfterSeconds('120', NOW), 120);
    assert.equal(retryAfterSeconds('Fri, 01 Jan 2027 00:02:00 GMT', NOW), 120);
    assert.equal(retryAfterSeconds('Thu, 31 Dec 2026 00:00:00 GMT', NOW), 0);
  });

  it('is ignored when it is neither', () => {
    for (const wrong of ['', '-1', '1.5', 'soon', '9999999999', 'x GMT']) {
      assert.equal(retryAfterSeconds(wrong, NOW), undefined, wrong);
    }
  });
});

describe('a schedule given by the environment', () => {
  it('is seconds between commas', () => {
    assert.deepEqual(parsePauses('0.05, 1,300'), [0.05, 1, 300]);
  });

  it('is refused when it is anything else', () => {
    const long = Array(101).fill('1').join();
    for (const wrong of ['', '1,', '1;2', '-1', '1e3', 'x', '0.0001', long]) {
      assert.equal(parsePauses(wrong), undefined, wrong);
    }
  });
});
