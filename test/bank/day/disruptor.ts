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

/** Ends services in turn, by kill -9 or by `fintech restart`, until it is told to stop. */
export class Disruptor {
  kills = 0;
  restarts = 0;
  readonly #options: DisruptorOptions;
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

  async #run(): Promise<void> {
    const { services, random, everyMs } = this.#options;
    const { signal } = this.#stopped;
    // In turn, since five exits of one service in 30 s count as a crash.
    for (let turn = 0; !signal.aborted; turn++) {
      const pauseMs = everyMs * (0.5 + random.fraction());
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      const service = services[turn % services.length];
      if (!signal.aborted && service !== undefined) await this.#disrupt(service, turn);
    }
  }

  async #disrupt(service: string, turn: number): Promise<void> {
    const { random, bank, kill } = this.#options;
    // However short the day, the second one is a restart.
    if (turn !== 1 && random.fraction() < 0.7) {
      this.kills++;
      return kill(bank, service);
    }
    this.restarts++;
    const { exitCode, stderr } = await bank.run('restart', service);
    if (exitCode !== 0) throw new Error(`restart ${service}: ${stderr}`);
  }
}

/** Kills a service of an embedded sandbox. One that is just starting again is left alone. */
export async function killProcess(bank: RunningBank, service: string): Promise<void> {
  const unit = (await bank.units()).find(({ name }) => name === service);
  if (unit?.pid === undefined) return;
  try {
    process.kill(unit.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
