import type { Random } from '../../../kernel/random.ts';
import type { Clock } from '../../../kernel/time.ts';

/** The answers of the issuer that can be spoilt. */
export const SPOILABLE = ['token', 'metadata', 'jwks', 'introspection', 'redirect'] as const;
export type Spoilable = (typeof SPOILABLE)[number];

/** What can be wrong with any answer. */
const ANYWHERE = ['slow', 'error', 'busy', 'truncated', 'wrong-type'] as const;
/** In metadata (RFC 8414 §3.3), and in what the browser brings back (RFC 9207 §2.4). */
const OF_ISSUER = ['wrong-issuer'] as const;
const OF_JWKS = ['no-keys', 'duplicate-kid', 'private-key'] as const;
export type Fault =
  | (typeof ANYWHERE)[number]
  | (typeof OF_ISSUER)[number]
  | (typeof OF_JWKS)[number];
export const FAULTS: readonly Fault[] = [...ANYWHERE, ...OF_ISSUER, ...OF_JWKS];

export const MAX_ANSWERS = 100;

/** A script: which answers are spoilt, how, and for how long. */
export interface ScriptedAnswer {
  at: Spoilable;
  fault: Fault;
  /** Only answers to this client; of metadata and keys nobody knows who asks. */
  client?: string;
  /** Only answers to requests with this value of `Fintech-Test`. */
  test?: string;
  /** How many answers, 1 by default. */
  times: number;
  /** For how long, 60 s by default. */
  forS: number;
  /** How slow, where it is. */
  delayMs: number;
}

/** A script that was taken up. */
export type Answer = ScriptedAnswer & { id: string };

export interface Asked {
  at: Spoilable;
  client: string | undefined;
  test: string | undefined;
}

const FAULTS_AT: Readonly<Record<Spoilable, readonly Fault[]>> = {
  token: ANYWHERE,
  introspection: ANYWHERE,
  metadata: [...ANYWHERE, ...OF_ISSUER],
  jwks: [...ANYWHERE, ...OF_JWKS],
  redirect: OF_ISSUER,
};

/** Whether a fault can be in such an answer at all. */
export function fits(at: Spoilable, fault: Fault): boolean {
  return FAULTS_AT[at].includes(fault);
}

/** The scripts of one issuer, in memory: each ends by its count or its time. */
export class Answers {
  readonly #clock: Clock;
  readonly #random: Random;
  #live: { answer: Answer; times: number; untilMs: number }[] = [];

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Undefined when there are too many already. */
  add(answer: ScriptedAnswer): Answer | undefined {
    this.#forgetOver();
    if (this.#live.length >= MAX_ANSWERS) return undefined;
    const id = this.#random.bytes(8).toString('hex');
    const added = { ...answer, id };
    const untilMs = this.#clock.now() + answer.forS * 1000;
    this.#live.push({ answer: added, times: answer.times, untilMs });
    return added;
  }

  list(): Answer[] {
    this.#forgetOver();
    return this.#live.map(({ answer, times }) => ({ ...answer, times }));
  }

  clear(): void {
    this.#live = [];
  }

  /** The script for one answer, used up by one; the oldest that fits. */
  take({ at, client, test }: Asked): Answer | undefined {
    this.#forgetOver();
    const found = this.#live.find(
      ({ answer }) =>
        answer.at === at &&
        (answer.client === undefined || answer.client === client) &&
        (answer.test === undefined || answer.test === test),
    );
    if (found === undefined) return undefined;
    found.times -= 1;
    return found.answer;
  }

  #forgetOver(): void {
    const nowMs = this.#clock.now();
    this.#live = this.#live.filter(({ times, untilMs }) => times > 0 && untilMs > nowMs);
  }
}
