import type { FastifyBaseLogger } from 'fastify';
import type { FollowedLog } from '../commands/command-handler.ts';
import type { CommandCompleted } from '../commands/draft.ts';
import type { Revision } from '../commands/reading.ts';
import { SERVICE } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import type { Database } from './database.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';

export interface ReadModelOptions {
  database: Database;
  /** Takes one event into the tables of this service. */
  fold: (event: StoredEvent) => void;
  /** Told of each event that could not be taken in. */
  log: Pick<FastifyBaseLogger, 'error'>;
}

/**
 * The log folded into tables, with the position up to which it was. An event that cannot be folded
 * is left out and reported, since nobody can take it back out of the log; `fintech verify` names
 * what it breaks.
 */
export class ReadModel implements FollowedLog {
  readonly #options: ReadModelOptions;
  readonly #watchers = new Set<() => void>();
  #log = '';
  #position = 0;

  constructor(options: ReadModelOptions) {
    this.#options = options;
    const checkpoint = options.database.get('SELECT log, position FROM checkpoint');
    this.#log = String(checkpoint?.['log'] ?? '');
    this.#position = Number(checkpoint?.['position'] ?? 0);
  }

  /** Position in the log up to which everything is folded in. */
  get position(): number {
    return this.#position;
  }

  revisionOf(stream: string): Revision {
    const row = this.#options.database.get('SELECT * FROM revisions WHERE stream = ?', stream);
    return row === undefined ? 'none' : Number(row['revision']);
  }

  command(key: string): CommandCompleted | undefined {
    const row = this.#options.database.get('SELECT * FROM commands WHERE key = ?', key);
    return row && (JSON.parse(String(row['completed'])) as CommandCompleted);
  }

  /** Starts anew when the log is another one, or shorter than what was read of it. */
  alignWith(head: { log: string; position: number }): void {
    if (this.#log === head.log && this.#position <= head.position) return;
    const { database } = this.#options;
    database.transaction(() => {
      database.clear();
      this.#putCheckpoint(head.log, 0);
    });
    this.#log = head.log;
    this.#position = 0;
  }

  /**
   * Folds in the next events of the log, all in one step.
   * @throws Error when one is missing in between
   */
  apply(events: StoredEvent[]): void {
    let position = this.#position;
    this.#options.database.transaction(() => {
      for (const event of events) {
        const next = Number(event.globalposition);
        if (next <= position) continue;
        if (next !== position + 1) throw new Error(`event ${position + 1} is missing`);
        this.#applyOne(event);
        position = next;
      }
      this.#putCheckpoint(this.#log, position);
    });
    this.#position = position;
    for (const look of this.#watchers) look();
  }

  async reached(position: number, signal: AbortSignal): Promise<boolean> {
    return (await this.until(() => this.#position >= position || undefined, signal)) ?? false;
  }

  /**
   * Looks now and again after whatever is folded in, until there is something to see.
   * @returns undefined when the signal was aborted first
   */
  until<T>(look: () => T | undefined, signal: AbortSignal): Promise<T | undefined> {
    const seen = look();
    if (seen !== undefined || signal.aborted) return Promise.resolve(seen);
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const lookAgain = () => {
      const found = look();
      if (found !== undefined) resolve(found);
    };
    const giveUp = () => resolve(undefined);
    this.#watchers.add(lookAgain);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise.finally(() => {
      this.#watchers.delete(lookAgain);
      signal.removeEventListener('abort', giveUp);
    });
  }

  /** Resolves once something more was folded in, or the signal is aborted. */
  async changed(signal: AbortSignal): Promise<void> {
    const before = this.#position;
    await this.until(() => this.#position !== before || undefined, signal);
  }

  close(): void {
    this.#options.database.close();
  }

  #applyOne(event: StoredEvent): void {
    const { database, log } = this.#options;
    try {
      database.transaction(() => this.#fold(event));
    } catch (error) {
      const { globalposition: position, type } = event;
      log.error({ err: error, position, type }, 'event left out');
    }
    // Readable or not, the stream has moved on: what is appended to it next must say so.
    if (isOwnStream(event.subject)) {
      const sql = 'INSERT OR REPLACE INTO revisions VALUES (?, ?)';
      database.run(sql, event.subject, event.streamrevision);
    }
  }

  #fold(event: StoredEvent): void {
    const { area, name } = eventType(event.type);
    const isCommand = area === SERVICE && name === 'command-completed';
    if (!isCommand || !isOwnStream(event.subject)) return this.#options.fold(event);
    const completed = event.data as CommandCompleted;
    const sql = 'INSERT INTO commands VALUES (?, ?)';
    return this.#options.database.run(sql, completed.key, JSON.stringify(completed));
  }

  #putCheckpoint(log: string, position: number): void {
    const sql = 'INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)';
    this.#options.database.run(sql, log, position);
  }
}
