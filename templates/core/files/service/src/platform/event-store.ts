import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { Unavailable } from '../unavailable.ts';
import { jsonLines } from './json-lines.ts';
import type { TokenSource } from './tokens.ts';

export type Expected = number | 'none';

/** A CloudEvent (1.0, JSON format) as it is sent. */
export interface NewEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  correlationid: string;
  causationid?: string;
  traceparent: string;
  authtype: string;
  authid: string;
  data: object;
}

/** A CloudEvent as it comes back. */
export interface StoredEvent {
  id: string;
  type: string;
  time?: string;
  subject: string;
  traceparent?: string;
  data?: unknown;
  streamrevision: number;
  globalposition: string;
  recordedtime: string;
}

export interface AppendRequest {
  writes: { stream: string; expected: Expected; events: NewEvent[] }[];
  /** Streams that are only looked at. */
  conditions: { stream: string; expected: Expected }[];
}

/** Not ok: a stream was not at the revision expected of it, and nothing was written. */
export type Appended = { ok: true; position: number } | { ok: false };

/** What came in one piece: events in the order of the log, and whether it is all there is yet. */
export interface Batch {
  events: StoredEvent[];
  caughtUp: boolean;
}

export interface EventStore {
  /** All or nothing. @throws Unavailable when the outcome is still unknown at the deadline */
  append(appended: AppendRequest, deadline: AbortSignal): Promise<Appended>;
  /** `log` names this very database: another one means that positions start anew. */
  head(signal: AbortSignal): Promise<{ log: string; position: number }>;
  revisionOf(stream: string, signal: AbortSignal): Promise<Expected>;
  /** Everything after a position, then whatever comes. Ends when the store ends it. */
  follow(after: number, signal: AbortSignal): AsyncIterable<Batch>;
}

export interface EventStoreOptions {
  url: string;
  tokens: TokenSource;
  dispatcher: Dispatcher;
}

/** A heartbeat comes every 15 s; silence for longer means that the connection is dead. */
const SILENCE_MS = 40_000;
const ATTEMPT_MS = 2500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
const LONGEST_LINE = 2_097_152;

export class HttpEventStore implements EventStore {
  readonly #options: EventStoreOptions;

  constructor(options: EventStoreOptions) {
    this.#options = options;
  }

  async append(appended: AppendRequest, deadline: AbortSignal): Promise<Appended> {
    // Sent again as it is: the store knows events by source and id and never takes one twice.
    const body = JSON.stringify(appended);
    const traceparent = appended.writes[0]?.events[0]?.traceparent ?? '';
    const { status, text } = await this.#call(
      {
        path: '/append',
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', traceparent },
      },
      deadline,
    );
    if (status === 412) return { ok: false };
    if (status !== 200 && status !== 201) {
      throw new Error(`the event store refused an append with ${status}: ${text.slice(0, 300)}`);
    }
    const { writes } = JSON.parse(text) as { writes: { positions: string[] }[] };
    const positions = writes.flatMap((write) => write.positions.map(Number));
    return { ok: true, position: Math.max(...positions) };
  }

  async head(signal: AbortSignal): Promise<{ log: string; position: number }> {
    const { text } = await this.#call({ path: '/head', method: 'GET' }, signal);
    const { log, position } = JSON.parse(text) as { log: string; position: string };
    return { log, position: Number(position) };
  }

  async revisionOf(stream: string, signal: AbortSignal): Promise<Expected> {
    const path = `/streams/${encodeURIComponent(stream)}/head`;
    const { status, text } = await this.#call({ path, method: 'GET' }, signal);
    if (status === 404) return 'none';
    return (JSON.parse(text) as { revision: number }).revision;
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<Batch> {
    const { statusCode, body } = await this.#send(
      {
        path: `/events?follow=true&after=${after}`,
        method: 'GET',
        headers: { accept: 'application/x-ndjson' },
      },
      { signal, bodyTimeout: SILENCE_MS },
    );
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`the event store answered ${statusCode} to a follower`);
    }
    for await (const lines of jsonLines(body, LONGEST_LINE)) {
      const events = lines.filter((line): line is StoredEvent => !isControl(line));
      const caughtUp = lines.some((line) => isControl(line) && line.control !== 'token-expired');
      yield { events, caughtUp };
    }
  }

  /** One answer, however many attempts it takes until the deadline. */
  async #call(call: Request, deadline: AbortSignal): Promise<{ status: number; text: string }> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const signal = AbortSignal.any([deadline, AbortSignal.timeout(ATTEMPT_MS)]);
        const { statusCode, body } = await this.#send(call, { signal });
        const text = await body.text();
        if (statusCode < 500 && statusCode !== 401 && statusCode !== 429) {
          return { status: statusCode, text };
        }
      } catch (error) {
        if (deadline.aborted) throw away(error);
      }
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: deadline }).catch(
        (error: unknown) => {
          throw away(error);
        },
      );
    }
  }

  async #send(
    { path, headers, ...call }: Request,
    limits: { signal: AbortSignal; bodyTimeout?: number },
  ): Promise<Dispatcher.ResponseData> {
    const { url, tokens, dispatcher } = this.#options;
    const token = await tokens.get();
    const answer = await request(`${url}${path}`, {
      headersTimeout: ATTEMPT_MS,
      ...call,
      ...limits,
      headers: { ...headers, authorization: `Bearer ${token}` },
      dispatcher,
    });
    if (answer.statusCode === 401) tokens.forget(token);
    return answer;
  }
}

interface Request {
  path: string;
  method: 'GET' | 'POST';
  body?: string;
  headers?: Record<string, string>;
}

function isControl(line: object): line is { control: string } {
  return 'control' in line;
}

function away(cause: unknown): Unavailable {
  return new Unavailable('store-unavailable', 'the event store did not answer in time', { cause });
}
