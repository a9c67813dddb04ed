import { EventEmitter } from 'node:events';
import type { Random } from '../../../kernel/random.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { AppendOutcome, AppendRequest, EventKey, EventStore } from '../contract.ts';
import { decide } from '../decide.ts';
import { type LineRow, type LineSource, readsOf, type RowSpan } from '../paging.ts';
import { type EventRow, placeEvents } from '../placement.ts';

/** An event store that lives as long as the process: for tests, and the reference for other engines. */
export function openMemoryStore(deps: { clock: Clock; random: Random }): EventStore {
  const log = new MemoryLog(deps.random.uuid());
  const closing = new AbortController();
  const source: LineSource = {
    log: log.id,
    growth: new EventEmitter<{ grown: [] }>().setMaxListeners(0),
    closing: closing.signal,
    position: () => log.rows.length,
    revision: (stream) => log.revision(stream),
    firstRevisionAfter: (stream, position) =>
      log.stream(stream).find((row) => row.position > position)?.revision,
    rows: (span) => log.span(span),
  };
  return {
    ...readsOf(source),
    capabilities: { engine: 'memory', durable: false },
    // oxlint-disable-next-line require-await -- the contract leaves engines the choice to wait
    append: async (request) => {
      if (closing.signal.aborted) return { kind: 'unavailable', detail: 'the store is closed' };
      const outcome = log.append(request, deps.clock.now());
      if (outcome.kind === 'appended') source.growth.emit('grown');
      return outcome;
    },
    // oxlint-disable-next-line require-await -- as above
    probe: async () =>
      closing.signal.aborted ? { ok: false, detail: 'the store is closed' } : { ok: true },
    // oxlint-disable-next-line require-await -- as above
    [Symbol.asyncDispose]: async () => closing.abort(),
  };
}

class MemoryLog {
  readonly id: string;
  readonly rows: EventRow[] = [];
  readonly #streams = new Map<string, EventRow[]>();
  readonly #keys = new Map<string, EventRow>();

  constructor(id: string) {
    this.id = id;
  }

  append(request: AppendRequest, nowMs: number): AppendOutcome {
    const answer = decide(request, {
      find: (key) => this.#keys.get(keyText(key)),
      revision: (stream) => this.revision(stream),
    });
    if (answer !== undefined) return answer;
    const recordedMs = Math.max(nowMs, this.rows.at(-1)?.recordedMs ?? 0);
    const end = { position: this.rows.length, recordedMs };
    const { rows, writes } = placeEvents(request, end, (stream) => this.revision(stream));
    for (const row of rows) this.#add(row);
    return { kind: 'appended', writes };
  }

  revision(stream: string): number | undefined {
    return this.#streams.get(stream)?.at(-1)?.revision;
  }

  stream(name: string): readonly EventRow[] {
    return this.#streams.get(name) ?? [];
  }

  *span({ stream, type, from, to, direction }: RowSpan): Generator<LineRow> {
    const rows = stream === undefined ? this.rows : this.stream(stream);
    const firstKey = stream === undefined ? 1 : 0;
    const step = direction === 'forward' ? 1 : -1;
    for (let key = from; (to - key) * step >= 0; key += step) {
      const row = rows[key - firstKey];
      if (row === undefined) return;
      if (type === undefined || row.event.type === type) {
        yield { key, position: row.position, line: row.line };
      }
    }
  }

  #add(row: EventRow): void {
    this.rows.push(row);
    this.#keys.set(keyText(row.event), row);
    const stream = this.#streams.get(row.stream);
    if (stream === undefined) this.#streams.set(row.stream, [row]);
    else stream.push(row);
  }
}

function keyText({ source, id }: EventKey): string {
  return JSON.stringify([source, id]);
}
