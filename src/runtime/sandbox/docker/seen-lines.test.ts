import { describe, expect, it } from 'vitest';
import type { LogLine } from '../unit-log.ts';
import { SeenLines } from './seen-lines.ts';

const at = (milliseconds: number, line: string): LogLine => ({
  time: new Date(Date.UTC(2027, 0, 1) + milliseconds).toISOString(),
  unit: 'teller',
  line,
});
const read = (seen: SeenLines, lines: LogLine[]) =>
  lines.filter(seen.reading()).map(({ line }) => line);

describe('lines that were seen', () => {
  it('are not new in the next reading, and equal ones of one time are counted', () => {
    const seen = new SeenLines();
    const first = [at(5000, 'a'), at(5000, 'a'), at(5001, 'b')];
    expect(read(seen, first)).toEqual(['a', 'a', 'b']);
    expect(read(seen, first)).toEqual([]);
    expect(read(seen, [...first, at(5000, 'a'), at(5001, 'c')])).toEqual(['a', 'c']);
  });

  it('leave a line new that comes up to a second late, and none that is older', () => {
    const seen = new SeenLines();
    expect(read(seen, [at(5000, 'out'), at(4000, 'error'), at(1000, 'first')])).toHaveLength(3);
    expect(read(seen, [at(4000, 'late'), at(3999, 'too late'), at(5000, 'out')])).toEqual(['late']);
  });

  it('are asked for from the whole second in which a late line may be', () => {
    const seen = new SeenLines();
    expect(seen.sinceSeconds).toBe(0);
    read(seen, [at(5500, 'out'), at(5200, 'error')]);
    expect(seen.sinceSeconds).toBe(Date.UTC(2027, 0, 1) / 1000 + 4);
  });

  it('are not repeated after a flood of which not all is kept', () => {
    const seen = new SeenLines();
    const flood = Array.from({ length: 900 }, (_, index) => at(5000 + index, 'x'.repeat(9000)));
    expect(read(seen, flood)).toHaveLength(900);
    expect(read(seen, [...flood, at(5899, 'end')])).toEqual(['end']);
  });
});
