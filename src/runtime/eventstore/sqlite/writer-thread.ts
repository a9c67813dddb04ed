import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entryBeside } from '../../../kernel/entry.ts';
import { type ErrorCode, FintechError, messageOf } from '../../../kernel/errors.ts';
import type { GroupResult, WriteGroup } from './writer.ts';

/** The worker's first message. */
export type WorkerOpening =
  | { ok: true }
  | { ok: false; code: ErrorCode; message: string; hint?: string | undefined };

/** The writer on a thread of its own: one group at a time. */
export class WriterThread {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  #answer: ((result: GroupResult) => void) | undefined;
  #dead: string | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.#exited = once(worker, 'exit').catch(() => {});
    worker.on('message', (result: GroupResult) => this.#settle(result));
    worker.on('error', (error) => this.#die(messageOf(error)));
    worker.on('exit', () => this.#die('the writer has stopped'));
  }

  /** @throws FintechError when the database cannot be opened */
  static async open(path: string, newLog: string): Promise<WriterThread> {
    const worker = new Worker(entryBeside(import.meta.url, 'append-worker'), {
      workerData: { path, newLog },
    });
    const [opening] = (await once(worker, 'message')) as [WorkerOpening];
    if (opening.ok) return new WriterThread(worker);
    const { code, message, hint } = opening;
    throw new FintechError(code, message, hint === undefined ? {} : { hint });
  }

  commit(group: WriteGroup): Promise<GroupResult> {
    if (this.#dead !== undefined) {
      return Promise.resolve({ kind: 'unavailable', detail: this.#dead });
    }
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#send(group);
    });
  }

  async close(): Promise<void> {
    if (this.#dead === undefined) this.#send('close');
    await this.#exited;
  }

  #send(message: WriteGroup | 'close'): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#worker.postMessage(message);
  }

  #die(reason: string): void {
    this.#dead ??= reason;
    this.#settle({ kind: 'outcome-unknown', detail: reason });
  }

  #settle(result: GroupResult): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(result);
  }
}
