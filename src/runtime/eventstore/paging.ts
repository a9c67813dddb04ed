import { type EventEmitter, once } from 'node:events';
import { nextTurn } from '../../kernel/turn.ts';
import type {
  EventPage,
  EventStore,
  FollowStep,
  LogFilter,
  LogFollow,
  LogHead,
  LogRead,
  StreamRead,
} from './contract.ts';

/** A page ends at whichever comes first; one event larger than the bytes still makes a page. */
export const PAGE_LIMITS = { events: 1000, bytes: 262_144, scanned: 10_000 } as const;

/** Rows of one stream, keyed by revision, or of the whole log, keyed by position; both ends inclusive. */
export interface RowSpan {
  stream: string | undefined;
  type: string | undefined;
  from: number;
  to: number;
  direction: 'forward' | 'backward';
}

export interface LineRow {
  /** Revision or position, as the span goes. */
  key: number;
  position: number;
  line: string;
}

/** What an engine gives so that everything about reading is done for it. */
export interface LineSource {
  readonly log: string;
  /** Of the last durable event. */
  position(): number;
  revision(stream: string): number | undefined;
  /** The first revision of a stream that lies after a position. */
  firstRevisionAfter(stream: string, position: number): number | undefined;
  /** Rows in the span's direction. Stopped early, it lets go of whatever it held. */
  rows(span: RowSpan): Iterable<LineRow>;
  /** Emits `grown` when the position moved. */
  readonly growth: EventEmitter<{ grown: [] }>;
  /** Aborted when the store closes: a read then fails rather than end early, a follower just ends. */
  readonly closing: AbortSignal;
}

type Reads = Pick<EventStore, 'streamRevision' | 'head' | 'readStream' | 'readAll' | 'follow'>;

/** The reading half of a store over an engine's rows. */
export function readsOf(source: LineSource): Reads {
  return {
    // oxlint-disable-next-line require-await -- the contract leaves engines the choice to wait
    streamRevision: async (stream) => source.revision(stream),
    // oxlint-disable-next-line require-await -- as above
    head: async (): Promise<LogHead> => ({ log: source.log, position: source.position() }),
    readStream: (read) => streamPages(source, read),
    readAll: (read) => logPages(source, read),
    follow: (read) => followSteps(source, read),
  };
}

async function* streamPages(source: LineSource, read: StreamRead): AsyncGenerator<EventPage> {
  const head = source.revision(read.stream);
  if (head === undefined) return;
  const { stream, direction } = read;
  const step = direction === 'forward' ? 1 : -1;
  let from = direction === 'forward' ? (read.from ?? 0) : Math.min(read.from ?? head, head);
  const to = direction === 'forward' ? head : 0;
  let left = read.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0 && (to - from) * step >= 0) {
    source.closing.throwIfAborted();
    const page = collect(source.rows({ stream, type: undefined, from, to, direction }), left);
    if (page === undefined) return;
    yield { lines: page.lines, through: page.last.key };
    from = page.last.key + step;
    left -= page.lines.length;
    await nextTurn();
  }
}

async function* logPages(source: LineSource, read: LogRead): AsyncGenerator<EventPage> {
  const cursor = new LogCursor(source, read, read.after);
  const head = source.position();
  let left = read.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0 && cursor.position < head) {
    source.closing.throwIfAborted();
    const page = cursor.next(head, left);
    yield page;
    left -= page.lines.length;
    await nextTurn();
  }
}

async function* followSteps(source: LineSource, read: LogFollow): AsyncGenerator<FollowStep> {
  const ended = AbortSignal.any([read.signal, source.closing]);
  const cursor = new LogCursor(source, read, read.after);
  let isLive = false;
  while (!ended.aborted) {
    const head = source.position();
    if (cursor.position < head) {
      yield { kind: 'events', ...cursor.next(head, Number.POSITIVE_INFINITY) };
      if (cursor.position < head) await nextTurn();
    } else if (isLive) {
      await once(source.growth, 'grown', { signal: ended }).catch(ignoreAbort);
    } else {
      isLive = true;
      yield { kind: 'caught-up', through: cursor.position };
    }
  }
}

function ignoreAbort(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.name === 'AbortError')) throw thrown;
}

/** Goes along the log, or along one stream of it, page by page. */
class LogCursor {
  readonly #source: LineSource;
  readonly #filter: LogFilter;
  #position: number;
  #nextKey: number | undefined;

  constructor(source: LineSource, filter: LogFilter, after: number) {
    this.#source = source;
    this.#filter = filter;
    this.#position = after;
  }

  /** Everything up to and including this position was read. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next page towards `head`, which lies ahead. It holds no lines where the filter passed none in as
   * many events as one page may scan.
   */
  next(head: number, limit: number): EventPage {
    const { stream, type } = this.#filter;
    const end = stream === undefined ? head : (this.#source.revision(stream) ?? -1);
    const from = (this.#nextKey ??= this.#startKey());
    const to = type === undefined ? end : Math.min(end, from + PAGE_LIMITS.scanned - 1);
    const page = collect(
      this.#source.rows({ stream, type, from, to, direction: 'forward' }),
      limit,
    );
    const reached = page?.isFull === true ? page.last.key : Math.max(to, from - 1);
    this.#nextKey = reached + 1;
    const seen = page?.last.position ?? this.#position;
    if (reached >= end) this.#position = Math.max(head, seen);
    else this.#position = stream === undefined ? reached : seen;
    return { lines: page?.lines ?? [], through: this.#position };
  }

  #startKey(): number {
    const { stream } = this.#filter;
    if (stream === undefined) return this.#position + 1;
    const first = this.#source.firstRevisionAfter(stream, this.#position);
    return first ?? (this.#source.revision(stream) ?? -1) + 1;
  }
}

interface Collected {
  lines: string[];
  last: LineRow;
  /** Whether it ended by a limit, so that more may follow. */
  isFull: boolean;
}

/** Takes rows until a limit is reached; undefined when there was none. */
function collect(rows: Iterable<LineRow>, limit: number): Collected | undefined {
  const most = Math.min(limit, PAGE_LIMITS.events);
  const lines: string[] = [];
  let last: LineRow | undefined;
  let characters = 0;
  for (const row of rows) {
    lines.push(row.line);
    last = row;
    characters += row.line.length;
    if (lines.length >= most || characters >= PAGE_LIMITS.bytes)
      return { lines, last, isFull: true };
  }
  return last && { lines, last, isFull: false };
}
