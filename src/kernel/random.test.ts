import { describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from './random.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('seededRandom', () => {
  it('gives the same sequence for the same seed, however it is cut', () => {
    const one = seededRandom('seed');
    const other = seededRandom('seed');
    const pieces = Buffer.concat([other.bytes(1), other.bytes(30), other.bytes(40)]);
    expect(one.bytes(71).equals(pieces)).toBe(true);
  });

  it('gives another sequence for another seed', () => {
    expect(seededRandom(1).uuid()).not.toBe(seededRandom(2).uuid());
  });
});

describe.each([
  ['seeded', seededRandom(7)],
  ['system', systemRandom],
])('%s randomness', (_, random) => {
  it('makes version 4 UUIDs that differ', () => {
    const made = Array.from({ length: 100 }, () => random.uuid());
    expect(made.every((uuid) => UUID_V4.test(uuid))).toBe(true);
    expect(new Set(made).size).toBe(100);
  });

  it('makes fractions from 0 to below 1', () => {
    const made = Array.from({ length: 1000 }, () => random.fraction());
    expect(Math.min(...made)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...made)).toBeLessThan(1);
  });
});
