import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../src/kernel/random.ts';
import type { RunningBank } from '../running-bank.ts';

export interface DisruptorOptions {
  bank: RunningBank;
  services: readonly string[];
  random: Random;
  /** Between two disruptions, on average. */
  everyMs: number;
  kill: (bank: RunningBank, service: string) => Promise<void>;
}

const CRASH_WINDOW_MS = 35_000;
const MOST_KILLS = 3;

/**
 * Ends services in turn, by kill -9 or by `fintech restart`, until it is told to stop; however
 * short the day, each at least once.
 */
export class Disruptor {
  kills = 0;
  restarts = 0;
  readonly #options: DisruptorOptions;
  readonly #killed: { service: string; atMs: number }[] = [];
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: DisruptorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** Five exits of one service in 30 s count as a crash, from which none comes back. */
  #mayKill(service: string): boolean {
    const since = Date.now() - CRASH_WINDOW_MS;
    const recent = this.#killed.filter((one) => one.service === service && one.atMs > since);
    return recent.length < MOST_KILLS;
  }

  async #run(): Promise<void> {
    const { services, random, everyMs } = this.#options;
    const { signal } = this.#stopped;
    for (let turn = 0; !signal.aborted || turn < 2; turn++) {
      const pauseMs = everyMs * (0.5 + random.fraction());
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      const service = services[turn % services.length];
      if (service !== undefined) await this.#disrupt(service, turn);
    }
  }

  async #disrupt(service: string, turn: number): Promise<void> {
    const { random, bank, kill } = this.#options;
    const isKill = turn === 0 || (turn > 1 && random.fraction() < 0.7);
    if (isKill && this.#mayKill(service)) {
      this.kills++;
      this.#killed.push({ service, atMs: Date.now() });
      await kill(bank, service).catch(unlessGone);
      return;
    }
    this.restarts++;
    const { exitCode, stderr } = await bank.run('restart', service);
    if (exitCode !== 0) throw new Error(`restart ${service}: ${stderr}`);
  }
}

/** One that is just starting again is left alone. */
function unlessGone(error: unknown): void {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['ESRCH', 'ENOENT'].includes(code)) throw error;
}

/** Kills a service of an embedded sandbox. */
export async function killProcess(bank: RunningBank, service: string): Promise<void> {
  const unit = (await bank.units()).find(({ name }) => name === service);
  if (unit?.pid !== undefined) process.kill(unit.pid, 'SIGKILL');
}
