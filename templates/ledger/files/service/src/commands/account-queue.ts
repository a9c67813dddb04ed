import { Unavailable } from '../unavailable.ts';

/**
 * Runs tasks that share an account one after another, others side by side. All accounts of a task
 * are taken in one step, so no two tasks can wait for each other.
 */
export class AccountQueue {
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
  async run<T>(accounts: string[], deadline: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (this.#size >= this.#limit) throw new Unavailable('overloaded', 'too many commands wait');
    const before = accounts.flatMap((account) => this.#tails.get(account) ?? []);
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    // Whoever comes next waits for this task and, should it give up early, for those before it.
    const tail = Promise.all([...before, finished]);
    for (const account of accounts) this.#tails.set(account, tail);
    this.#size++;
    try {
      await turn(before, deadline);
      return await task();
    } finally {
      this.#size--;
      finish();
      void this.#forget(accounts, tail);
    }
  }

  async #forget(accounts: string[], tail: Promise<unknown>): Promise<void> {
    await tail;
    for (const account of accounts) {
      if (this.#tails.get(account) === tail) this.#tails.delete(account);
    }
  }
}

function turn(before: Promise<unknown>[], deadline: AbortSignal): Promise<unknown> {
  if (before.length === 0) return Promise.resolve();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Unavailable('contention', 'the account is too busy'));
  if (deadline.aborted) giveUp();
  deadline.addEventListener('abort', giveUp, { once: true });
  return Promise.race([Promise.all(before), late]).finally(() =>
    deadline.removeEventListener('abort', giveUp),
  );
}
