import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entryBeside } from '../../kernel/entry.ts';
import type { ChunkOutcome, ChunkSettings } from './chunk.ts';
import type { Share, Streams } from './chunk-screens.ts';

/** What a thread is asked. Buffers go along with the message, and come back with the answer. */
export type Task =
  | { kind: 'read'; log: number; buffer: ArrayBuffer; length: number }
  | { kind: 'judge'; streams: Streams; share: Share }
  | { kind: 'end' };

export type Answer =
  | { kind: 'read'; outcome: ChunkOutcome; buffer: ArrayBuffer }
  | { kind: 'judge'; suspicion: number };

type AnswerTo<T extends Task> = Extract<Answer, { kind: T['kind'] }>;

interface Thread {
  worker: Worker;
  /** Who waits for its answers, in the order of the tasks. */
  waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void }[];
}

/** Chunks that a thread has before it at most. */
const QUEUE = 2;

/** Threads that screen for us. Each answers in the order it is asked. */
export class ThreadPool implements AsyncDisposable {
  readonly #threads: readonly Thread[];

  constructor(count: number, settings: ChunkSettings) {
    this.#threads = Array.from({ length: count }, () => startThread(settings));
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Whether a thread will soon have nothing to do. */
  get hasTime(): boolean {
    return this.#threads.some(({ waiting }) => waiting.length < QUEUE);
  }

  /** Asks the thread that has least to do. */
  read(task: Extract<Task, { kind: 'read' }>): Promise<AnswerTo<typeof task>> {
    const [idlest] = this.#threads.toSorted((a, b) => a.waiting.length - b.waiting.length);
    return ask(idlest, task, [task.buffer]);
  }

  /** Each thread judges one share of so many; the first is the asker's own. */
  async judge(streams: Streams, of: number): Promise<number> {
    const answers = await Promise.all(
      this.#threads.map((thread, index) =>
        ask(thread, { kind: 'judge' as const, streams, share: { first: index + 1, of } }, []),
      ),
    );
    return answers.reduce((bits, { suspicion }) => bits | suspicion, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(endThread));
  }
}

function startThread(settings: ChunkSettings): Thread {
  const worker = new Worker(entryBeside(import.meta.url, 'screen-worker'), {
    workerData: settings,
  });
  const thread: Thread = { worker, waiting: [] };
  worker.on('message', (answer: Answer) => thread.waiting.shift()?.resolve(answer));
  const fail = (error: unknown) => {
    for (const { reject } of thread.waiting.splice(0)) reject(error);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('a thread of the screen ended')));
  return thread;
}

/** In good order where it has nothing to do, else at once. */
async function endThread({ worker, waiting }: Thread): Promise<void> {
  if (waiting.length > 0) {
    await worker.terminate();
    return;
  }
  // One that failed has ended already.
  if (worker.threadId === -1) return;
  const ended = once(worker, 'exit');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  worker.postMessage({ kind: 'end' } satisfies Task);
  await ended;
}

function ask<T extends Task>(
  thread: Thread | undefined,
  task: T,
  moved: ArrayBuffer[],
): Promise<AnswerTo<T>> {
  return new Promise((resolve, reject) => {
    if (thread === undefined) throw new Error('the screen has no threads');
    thread.waiting.push({ resolve: (answer) => resolve(answer as AnswerTo<T>), reject });
    thread.worker.postMessage(task, moved);
  });
}
