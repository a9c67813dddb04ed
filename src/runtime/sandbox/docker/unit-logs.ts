import type { LogLine, UnitLog } from '../unit-log.ts';
import { EngineLog } from './engine-log.ts';
import type { UnitContainer } from './unit-container.ts';
import { SeenLines } from './seen-lines.ts';

/** What was saved of each unit, and what its container logs now. */
export function unitLogs(
  saved: readonly UnitLog[],
  containers: readonly Pick<UnitContainer, 'container' | 'name'>[],
): UnitLog[] {
  const seen = new Map(containers.map(({ name }) => [name, new SeenLines()]));
  return [
    ...saved.map((log) => new SavedLog(log, seen.get(log.unit) ?? new SeenLines())),
    ...containers.map(({ container, name }) => new EngineLog(container, name, seen.get(name))),
  ];
}

/** A saved log. What it grows by is saved of a container, and most of it was seen there. */
export class SavedLog implements UnitLog {
  readonly unit: string;
  readonly #log: UnitLog;
  readonly #seen: SeenLines;
  #isOpened = false;

  /** @param seen what was given out of the container's log */
  constructor(log: UnitLog, seen: SeenLines) {
    this.unit = log.unit;
    this.#log = log;
    this.#seen = seen;
  }

  async *batches(options: { afterwards: boolean }): AsyncGenerator<LogLine[]> {
    const isNew = this.#isOpened ? this.#seen.reading() : () => true;
    for await (const lines of this.#log.batches(options)) yield lines.filter(isNew);
    this.#isOpened = true;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#log[Symbol.asyncDispose]();
  }
}
