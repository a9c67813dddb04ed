/**
 * What every engine promises. `engine.conformance.ts` is this page made executable.
 *
 * - Durable before acknowledged: whatever `append` answers rests on events that survive a crash.
 * - Positions count from 1 and revisions from 0, neither with a gap; a reader that has seen position p
 *   has seen, or has been free to see, every event up to p, for ever.
 * - An append is atomic over all its streams. Requests are decided one after the other.
 * - Idempotent for ever by `source` + `id`. The same event means the same `canonicalEvent`. This is
 *   looked at before any expected revision.
 * - An event reads as the same line on every read and engine, see `event-line.ts`. `recordedtime`
 *   never goes back along the log.
 */
export interface EventStore extends AsyncDisposable {
  readonly capabilities: EngineCapabilities;

  /**
   * Never throws for what the log or the disk has to say. The caller has made sure that there is an
   * event, that no `source` + `id` comes twice in a request, and that limits are kept.
   */
  append(request: AppendRequest): Promise<AppendOutcome>;

  /** The revision of the stream's last event, or undefined for a stream that does not exist. */
  streamRevision(stream: string): Promise<number | undefined>;

  /** The log and the position of its last event, 0 for an empty one. */
  head(): Promise<LogHead>;

  /** The stream's events up to its head at the time of asking, in pages; none for an absent stream. */
  readStream(read: StreamRead): AsyncIterable<EventPage>;

  /** Every event that passes the filter, up to the head at the time of asking, in pages. */
  readAll(read: LogRead): AsyncIterable<EventPage>;

  /**
   * The same without end: one `caught-up` where the head is first reached, and each event once it is
   * durable. Ends when the signal aborts or the store closes.
   */
  follow(read: LogFollow): AsyncIterable<FollowStep>;

  /** Goes the way of an append to the disk and back without using up a position. */
  probe(): Promise<ProbeOutcome>;
}

export interface EngineCapabilities {
  engine: string;
  /** Whether events outlive the process. */
  durable: boolean;
}

/** A revision, or `none`: the stream must be absent; `exists`: it must not be. */
export type ExpectedRevision = number | 'none' | 'exists' | 'any';

/** An event ready to be stored; `event-line.ts` makes it. */
export interface NewEvent {
  source: string;
  id: string;
  type: string;
  /** One JSON object without insignificant white space, `subject` included, no store attributes. */
  text: string;
}

export interface StreamWrite {
  stream: string;
  expected: ExpectedRevision;
  /** At least one. */
  events: readonly NewEvent[];
}

/** A stream that is only looked at, as it is before the writes of the same request. */
export interface StreamCondition {
  stream: string;
  expected: ExpectedRevision;
}

export interface AppendRequest {
  /** At least one. A stream may recur; a later write sees the earlier. */
  writes: readonly StreamWrite[];
  conditions: readonly StreamCondition[];
}

/** Where one write's events lie. */
export interface WrittenStream {
  stream: string;
  /** Of the write's last event. */
  revision: number;
  /** In the order of the request. */
  positions: readonly number[];
}

export interface RevisionFailure {
  stream: string;
  expected: ExpectedRevision;
  actual: number | 'none';
}

export interface EventKey {
  source: string;
  id: string;
}

export type AppendOutcome =
  | { kind: 'appended'; writes: readonly WrittenStream[] }
  /** Every event was there already: their first places. Nothing was written. */
  | { kind: 'duplicate'; writes: readonly WrittenStream[] }
  /** Every expected revision that was missed. Nothing was written. */
  | { kind: 'conflict'; failures: readonly RevisionFailure[] }
  /** These keys belong to other events. Nothing was written. */
  | { kind: 'id-reuse'; events: readonly EventKey[] }
  /** These events were there already, the others not. Nothing was written. */
  | { kind: 'partial-replay'; known: readonly EventKey[] }
  /** Nothing was written; trying later may succeed. */
  | { kind: 'unavailable'; detail: string }
  /** It may or may not have been written; a retry after a restart finds out. */
  | { kind: 'outcome-unknown'; detail: string };

export type ProbeOutcome = { ok: true } | { ok: false; detail: string };

export interface LogHead {
  /** UUID made with the log. */
  log: string;
  position: number;
}

export interface StreamRead {
  stream: string;
  direction: 'forward' | 'backward';
  /** Inclusive; by default the end the direction starts from. */
  from?: number;
  /** Events at most. */
  limit?: number;
}

export interface LogFilter {
  type?: string;
  stream?: string;
}

export interface LogRead extends LogFilter {
  /** Exclusive position. */
  after: number;
  /** Events at most. */
  limit?: number;
}

export interface LogFollow extends LogFilter {
  /** Exclusive position. */
  after: number;
  signal: AbortSignal;
}

/** A run of events, bounded in number and bytes; it may hold none where a filter passed none. */
export interface EventPage {
  lines: readonly string[];
  /** The revision (`readStream`) or position (`readAll`) read up to and including. */
  through: number;
}

export type FollowStep = ({ kind: 'events' } & EventPage) | { kind: 'caught-up'; through: number };
