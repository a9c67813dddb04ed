import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/kernel/random.ts';
import { type Answer, bodyOf, exchange } from './exchange.ts';

export interface Told {
  status: number;
  body: Record<string, unknown>;
}

export interface Command {
  target: string;
  body: object;
  key?: string;
}

export interface CustomerOptions {
  gateway: string;
  token: string;
  random: Random;
  /** How many commands are sent twice with the same key, from 0 to 1. */
  doubled: number;
}

/** What happened to everything that customers sent. */
export interface Tally {
  commands: number;
  /** Of those, how many were sent twice. */
  doubled: number;
  /** Requests that got no last word, and were sent again. */
  again: number;
  /** What should not have happened. */
  faults: string[];
}

export function newTally(): Tally {
  return { commands: 0, doubled: 0, again: 0, faults: [] };
}

const PATIENCE_MS = 90_000;
const LONGEST_PAUSE_MS = 1000;
const LATER_MS = 2000;

/**
 * A client as we tell people to write one: an answer that is no last word, or none at all, and it
 * asks again with the same key. Some of its commands it sends twice, as a nervous user or a network does.
 */
export class Customer {
  readonly #options: CustomerOptions;
  readonly #tally: Tally;
  readonly #later: Promise<void>[] = [];

  constructor(options: CustomerOptions, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
  }

  /** @returns the last word on a command */
  async command({ target, body, key = randomUUID() }: Command): Promise<Told> {
    const ask = () => this.#untilTold('POST', target, { body, key });
    const { random, doubled } = this.#options;
    this.#tally.commands++;
    const kind = random.fraction() / doubled;
    if (!(kind < 1)) return ask();
    this.#tally.doubled++;
    if (kind < 0.5) {
      const [one, other] = await Promise.all([ask(), ask()]);
      this.#same(target, one, other);
      return one;
    }
    const told = await ask();
    const pauseMs = random.fraction() * LATER_MS;
    this.#later.push(sleep(pauseMs).then(async () => this.#same(target, told, await ask())));
    return told;
  }

  get(target: string): Promise<Told> {
    return this.#untilTold('GET', target);
  }

  /** Resolves once everything was sent that was to be sent again later. */
  async done(): Promise<void> {
    await Promise.all(this.#later);
  }

  #same(target: string, one: Told, other: Told): void {
    if (isDeepStrictEqual(one, other)) return;
    const [first, second] = [one, other].map((told) => JSON.stringify(told));
    this.#tally.faults.push(`POST ${target} was answered with ${first}, and again with ${second}`);
  }

  async #untilTold(
    method: string,
    target: string,
    command?: { body: object; key: string },
  ): Promise<Told> {
    const deadlineMs = Date.now() + PATIENCE_MS;
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.#send(method, target, command).catch(() => undefined);
      if (answer !== undefined && isLastWord(answer)) {
        const { traceId: _, ...body } = bodyOf(answer);
        return { status: answer.status, body };
      }
      if (Date.now() > deadlineMs) throw new Error(lastTry(method, target, answer));
      this.#tally.again++;
      await sleep(pauseMs);
    }
  }

  #send(
    method: string,
    target: string,
    command: { body: object; key: string } | undefined,
  ): Promise<Answer> {
    const { gateway, token } = this.#options;
    const authorization = `Bearer ${token}`;
    if (command === undefined)
      return exchange(gateway, { method, target, headers: { authorization } });
    return exchange(gateway, {
      method,
      target,
      headers: {
        authorization,
        'content-type': 'application/json',
        'idempotency-key': command.key,
      },
      body: Buffer.from(JSON.stringify(command.body)),
    });
  }
}

function isLastWord({ status }: Answer): boolean {
  return status !== 202 && status !== 429 && status < 500;
}

function lastTry(method: string, target: string, answer: Answer | undefined): string {
  const said = answer === undefined ? 'nothing' : `${answer.status} ${answer.text.slice(0, 300)}`;
  return `${method} ${target} got no last word within ${PATIENCE_MS} ms; the last answer was ${said}`;
}
