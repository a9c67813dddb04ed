import type { FastifyBaseLogger } from 'fastify';
import type { ReadModel } from '../projection/read-model.ts';

/** Something that is due, as the read model says: so it is still due after a restart. */
export interface Step {
  /** Steps of one key never run side by side in one instance. */
  key: string;
  /** Ends once its outcome is recorded. Done twice, it has one effect. */
  run(signal: AbortSignal): Promise<void>;
}

export interface StepSource {
  /** At most `limit` steps that are due, the longest due first. */
  due(nowMs: number, limit: number): Step[];
}

export interface StepOptions {
  signal: AbortSignal;
  log: FastifyBaseLogger;
  /** How many run at once. */
  atOnce?: number;
}

const AT_ONCE = 32;
/** How late a step may start whose time has come while nothing happened. */
const TICK_MS = 250;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** Runs whatever is due until the signal is aborted; what fails is tried again, ever later. */
export async function runSteps(
  { steps, model }: { steps: StepSource; model: ReadModel },
  options: StepOptions,
): Promise<void> {
  const runner = new StepRunner(steps, options);
  while (!options.signal.aborted) {
    runner.startDue();
    await Promise.race([
      model.changed(AbortSignal.any([options.signal, AbortSignal.timeout(TICK_MS)])),
      runner.next(),
    ]);
  }
  await runner.finished();
}

interface Pause {
  failures: number;
  endsMs: number;
}

class StepRunner {
  readonly #steps: StepSource;
  readonly #options: StepOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #paused = new Map<string, Pause>();

  constructor(steps: StepSource, options: StepOptions) {
    this.#steps = steps;
    this.#options = options;
  }

  startDue(): void {
    const nowMs = Date.now();
    const free = (this.#options.atOnce ?? AT_ONCE) - this.#running.size;
    if (free <= 0) return;
    this.#forgetPauses(nowMs);
    // Those that run or pause are still due, and must not hide the others.
    const limit = free + this.#running.size + this.#paused.size;
    const startable = this.#steps
      .due(nowMs, limit)
      .filter(({ key }) => !this.#running.has(key) && !this.#isPaused(key, nowMs));
    for (const step of startable.slice(0, free)) this.#start(step);
  }

  /** Resolves when a step has ended; never while none runs. */
  next(): Promise<void> {
    return Promise.race(this.#running.values());
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #start(step: Step): void {
    const running = this.#run(step).finally(() => this.#running.delete(step.key));
    this.#running.set(step.key, running);
  }

  async #run(step: Step): Promise<void> {
    const { signal, log } = this.#options;
    const { key } = step;
    try {
      await step.run(signal);
      this.#paused.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      const failures = (this.#paused.get(key)?.failures ?? 0) + 1;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      this.#paused.set(key, { failures, endsMs: Date.now() + pauseMs * (0.5 + Math.random() / 2) });
      log.warn({ err: error, step: key, failures }, 'a step failed; it is tried again');
    }
  }

  #isPaused(key: string, nowMs: number): boolean {
    return nowMs < (this.#paused.get(key)?.endsMs ?? 0);
  }

  /** Of steps that another instance has done meanwhile, and that never come again. */
  #forgetPauses(nowMs: number): void {
    for (const [key, { endsMs }] of this.#paused) {
      if (nowMs > endsMs + 2 * LONGEST_PAUSE_MS) this.#paused.delete(key);
    }
  }
}
