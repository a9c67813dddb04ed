import type { Clock } from '../../../kernel/time.ts';
import { nextTurn } from '../../../kernel/turn.ts';
import type { AppendOutcome, AppendRequest, ProbeOutcome } from '../contract.ts';
import type { GroupResult, WriteGroup, WriteOutcome } from './writer.ts';

/** `waiting*` bounds what may wait for the disk, `group*` what one transaction takes. */
export const QUEUE_LIMITS = {
  waitingAppends: 10_000,
  waitingCharacters: 134_217_728,
  groupAppends: 1000,
  groupCharacters: 16_777_216,
} as const;

interface Waiting {
  request: AppendRequest;
  characters: number;
  settle: (outcome: WriteOutcome) => void;
}

interface QueueOptions {
  commit: (group: WriteGroup) => Promise<GroupResult>;
  clock: Clock;
  onCommitted: (position: number) => void;
}

/**
 * Group commit: what arrives while one transaction runs shares the next, and every answer waits for the
 * commit of its own.
 */
export class WriteQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Waiting[] = [];
  #waitingCharacters = 0;
  #probe: PromiseWithResolvers<ProbeOutcome> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** @throws Error when the database refused what the contract says the caller has made sure of */
  async append(request: AppendRequest): Promise<AppendOutcome> {
    const characters = sizeOf(request);
    if (
      this.#waiting.length >= QUEUE_LIMITS.waitingAppends ||
      this.#waitingCharacters + characters > QUEUE_LIMITS.waitingCharacters
    ) {
      return { kind: 'unavailable', detail: 'too many appends are waiting' };
    }
    const { promise, resolve } = Promise.withResolvers<WriteOutcome>();
    this.#waiting.push({ request, characters, settle: resolve });
    this.#waitingCharacters += characters;
    this.#running ??= this.#run();
    const outcome = await promise;
    if (outcome.kind === 'fault') throw new Error(outcome.detail);
    return outcome;
  }

  /** Probes that wait together are one. */
  probe(): Promise<ProbeOutcome> {
    this.#probe ??= Promise.withResolvers<ProbeOutcome>();
    const { promise } = this.#probe;
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests that came in together, in one turn of the event loop, are one group.
    await nextTurn();
    while (this.#waiting.length > 0 || this.#probe !== undefined) await this.#commitNext();
    this.#running = undefined;
  }

  async #commitNext(): Promise<void> {
    const group = this.#takeGroup();
    const probe = this.#probe;
    this.#probe = undefined;
    const result = await this.#options.commit({
      requests: group.map(({ request }) => request),
      probe: probe !== undefined,
      nowMs: this.#options.clock.now(),
    });
    if (result.kind === 'committed') {
      this.#options.onCommitted(result.position);
      probe?.resolve({ ok: true });
      for (const [index, { settle }] of group.entries()) {
        settle(result.outcomes[index] ?? { kind: 'fault', detail: 'the writer gave no answer' });
      }
    } else {
      probe?.resolve({ ok: false, detail: result.detail });
      for (const { settle } of group) settle(result);
    }
  }

  #takeGroup(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { characters: next } of this.#waiting) {
      characters += next;
      if (count > 0 && characters > QUEUE_LIMITS.groupCharacters) break;
      if (++count >= QUEUE_LIMITS.groupAppends) break;
    }
    const group = this.#waiting.splice(0, count);
    for (const waiting of group) this.#waitingCharacters -= waiting.characters;
    return group;
  }
}

function sizeOf({ writes }: AppendRequest): number {
  let characters = 0;
  for (const { events } of writes) for (const { text } of events) characters += text.length;
  return characters;
}
