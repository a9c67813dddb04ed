import { Unavailable } from '../unavailable.ts';

/**
 * Runs tasks that share a subject one after another, others side by side. All subjects of a task
 * are taken in one step, so no two tasks can wait for each other.
 */
export class CommandQueue {
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #limit: number;
  #size = 0;

  /** @param limit how many tasks may wait or run at once */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @throws Unavailable when the queue is full, or the deadline passes before the task's turn
   */
  async run<T>(subjects: string[], deadline: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (this.#size >= this.#limit) throw new Unavailable('overloaded', 'too many commands wait');
    const before = subjects.flatMap((subject) => this.#tails.get(subject) ?? []);
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    // Whoever comes next waits for this task and, should it give up early, for those before it.
    const tail = Promise.all([...before, finished]);
    for (const subject of subjects) this.#tails.set(subject, tail);
    this.#size++;
    try {
      await turn(before, deadline);
      return await task();
    } finally {
      this.#size--;
      finish();
      void this.#forget(subjects, tail);
    }
  }

  async #forget(subjects: string[], tail: Promise<unknown>): Promise<void> {
    await tail;
    for (const subject of subjects) {
      if (this.#tails.get(subject) === tail) this.#tails.delete(subject);
    }
  }
}

function turn(before: Promise<unknown>[], deadline: AbortSignal): Promise<unknown> {
  if (before.length === 0) return Promise.resolve();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () =>
    reject(new Unavailable('contention', 'too many commands on the same resource'));
  if (deadline.aborted) giveUp();
  deadline.addEventListener('abort', giveUp, { once: true });
  return Promise.race([Promise.all(before), late]).finally(() =>
    deadline.removeEventListener('abort', giveUp),
  );
}
