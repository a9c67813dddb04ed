import { formatInstant } from '../../../kernel/time.ts';
import type { LogLine } from '../unit-log.ts';

/** The times of two outputs of one container may be out of order by less than this. */
const DISORDER_MS = 1000;
/** Characters kept of the newest lines; where a flood exceeds them, what comes late is left out. */
const MAX_KEPT = 2_000_000;

/** What was given out of a unit's log lately, so that nothing is given out again or left out. */
export class SeenLines {
  #kept: LogLine[] = [];
  #keptLength = 0;
  #newest = '';
  /** Of what is older, all counts as seen. */
  #floor = '';

  /** Where the next reading has to start, in whole seconds since the Unix epoch. */
  get sinceSeconds(): number {
    if (this.#newest === '') return 0;
    return Math.floor((Date.parse(this.#newest) - DISORDER_MS) / 1000);
  }

  /**
   * Tells for each line of one reading whether it is new, and remembers it. A reading repeats the
   * lines that were seen; two equal ones of the same time are two lines.
   */
  reading(): (line: LogLine) => boolean {
    this.#forgetOld();
    const floor = this.#floor;
    const repeated = new Map<string, number>();
    for (const line of this.#kept) {
      const key = keyOf(line);
      repeated.set(key, (repeated.get(key) ?? 0) + 1);
    }
    return (line) => {
      if (line.time < floor) return false;
      const key = keyOf(line);
      const times = repeated.get(key) ?? 0;
      if (times > 0) {
        repeated.set(key, times - 1);
        return false;
      }
      this.#keep(line);
      return true;
    };
  }

  #keep(line: LogLine): void {
    this.#kept.push(line);
    this.#keptLength += keyOf(line).length;
    if (line.time > this.#newest) this.#newest = line.time;
    if (this.#keptLength > 2 * MAX_KEPT) this.#forgetOld();
  }

  #forgetOld(): void {
    if (this.#newest === '') return;
    const start = formatInstant(Date.parse(this.#newest) - DISORDER_MS);
    if (start > this.#floor) this.#floor = start;
    const newestFirst = this.#kept
      .filter(({ time }) => time >= this.#floor)
      .sort((a, b) => (a.time < b.time ? 1 : -1));
    this.#keptLength = 0;
    this.#kept = [];
    for (const line of newestFirst) {
      this.#keptLength += keyOf(line).length;
      if (this.#keptLength > MAX_KEPT) {
        this.#floor = afterwards(line.time);
        break;
      }
      this.#kept.push(line);
    }
  }
}

function keyOf({ time, line }: LogLine): string {
  return `${time} ${line}`;
}

/** The next millisecond, since of this one not all lines are kept. */
function afterwards(time: string): string {
  return formatInstant(Date.parse(time) + 1);
}
