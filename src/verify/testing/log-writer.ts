import { formatInstant } from '../../kernel/time.ts';

/** An event as the store serves it. */
export interface StoredEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  data: Record<string, unknown>;
  streamrevision: number;
  globalposition: string;
  recordedtime: string;
  [attribute: string]: unknown;
}

const START_MS = Date.UTC(2027, 0, 1);

/** Writes events as the store would: revisions, positions and times follow one another. */
export class LogWriter {
  readonly events: StoredEvent[] = [];
  /** Extension attributes of the events that are appended next. */
  attributes: Readonly<Record<string, string>> = {};
  /** When the events of one append are recorded; undefined: each is an append of its own. */
  #recordedMs: number | undefined;
  readonly #revisions = new Map<string, number>();

  /** The time so many seconds after the next event. */
  timeIn(seconds: number): string {
    return formatInstant(START_MS + (this.events.length + 1 + seconds) * 1000);
  }

  append(subject: string, type: string, data: Record<string, unknown>): StoredEvent {
    const number = this.events.length + 1;
    return this.store({
      specversion: '1.0',
      id: `evt-${String(number).padStart(6, '0')}`,
      source: '/services/ledger',
      type: `com.acme.${type}.v1`,
      subject,
      time: formatInstant(START_MS + number * 1000),
      ...this.attributes,
      data,
    });
  }

  /** What is appended in `act` is one append, recorded at one time. */
  together<T>(act: () => T): T {
    this.#recordedMs = START_MS + (this.events.length + 1) * 1000;
    const result = act();
    this.#recordedMs = undefined;
    return result;
  }

  /** Stores an event whose attributes are the producer's own. */
  store(
    sent: Omit<StoredEvent, 'streamrevision' | 'globalposition' | 'recordedtime'>,
  ): StoredEvent {
    const number = this.events.length + 1;
    const streamrevision = (this.#revisions.get(String(sent.subject)) ?? -1) + 1;
    this.#revisions.set(String(sent.subject), streamrevision);
    const event = {
      ...sent,
      streamrevision,
      globalposition: String(number),
      recordedtime: formatInstant(this.#recordedMs ?? START_MS + number * 1000),
    } as StoredEvent;
    this.events.push(event);
    return event;
  }
}

/** The log as the store exports it: one event a line. */
export function ndjson(events: readonly object[]): Buffer {
  return Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
