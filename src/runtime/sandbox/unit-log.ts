/** One line a unit logged. */
export interface LogLine {
  time: string;
  unit: string;
  line: string;
}

/** The log of one unit, read on from where it was left. */
export interface UnitLog extends AsyncDisposable {
  readonly unit: string;
  /**
   * Lines up to the present end, in batches of a bounded size. A last line that is not finished
   * waits, unless nothing is read `afterwards`.
   */
  batches(options: { afterwards: boolean }): AsyncGenerator<LogLine[]>;
}

/** The lines of several logs in one order of time. Holds one batch of each. */
export async function* byTime(
  sources: readonly AsyncIterator<LogLine[]>[],
): AsyncGenerator<LogLine> {
  const heads = sources.map((source) => new Head(source));
  for (;;) {
    let first: { head: Head; line: LogLine } | undefined;
    for (const head of heads) {
      const line = head.line ?? (await head.read());
      if (line !== undefined && !(first !== undefined && first.line.time <= line.time)) {
        first = { head, line };
      }
    }
    if (first === undefined) return;
    first.head.take();
    yield first.line;
  }
}

/** The first line of one log that was not taken yet. */
class Head {
  readonly #source: AsyncIterator<LogLine[]>;
  #batch: LogLine[] = [];
  #taken = 0;

  constructor(source: AsyncIterator<LogLine[]>) {
    this.#source = source;
  }

  /** Undefined when the next batch has to be read first. */
  get line(): LogLine | undefined {
    return this.#batch[this.#taken];
  }

  take(): void {
    this.#taken++;
  }

  async read(): Promise<LogLine | undefined> {
    while (this.line === undefined) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#taken = 0;
    }
    return this.line;
  }
}
