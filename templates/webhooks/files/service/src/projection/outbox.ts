import { newDelivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { patternsOf } from '../domain/event-pattern.ts';
import type { ReplayRequested } from '../domain/events.ts';
import { messageBody, type OutgoingEvent } from '../domain/outgoing-event.ts';
import type { Database } from './database.ts';
import { endpointOf } from './rows.ts';
import { refreshLane } from './tables.ts';

/** What is to be said about an event, and in which trace it happened. */
export interface Outgoing {
  eventId: string;
  traceparent: string | undefined;
  body: string;
}

/** What waits to be delivered: made from the log alone, so it can neither be lost nor doubled. */
export class Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  subscribe(endpointId: string, patterns: readonly string[]): void {
    for (const pattern of new Set(patterns)) {
      this.#database.run('INSERT INTO subscriptions VALUES (?, ?)', pattern, endpointId);
    }
  }

  /** Makes a delivery to every endpoint that asked for events of this type. */
  add(event: OutgoingEvent): void {
    const endpointIds = this.#subscribers(event.type);
    if (endpointIds.length === 0) return;
    const { position, eventId, traceparent, subject } = event;
    const sql = 'INSERT INTO outgoing VALUES (?, ?, ?, ?)';
    this.#database.run(sql, position, eventId, traceparent ?? null, messageBody(event));
    for (const endpointId of endpointIds) {
      const { deliveryId, type, status, dueMs } = newDelivery(endpointId, event);
      const facts = [deliveryId, endpointId, position, subject, type, status, 0, 0, dueMs];
      const values = 'NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL';
      this.#database.run(`INSERT INTO deliveries VALUES (${values})`, ...facts);
      refreshLane(this.#database, endpointId, subject);
    }
  }

  /** Puts back whatever ended in a range, in its old order. One without an end is all so far. */
  replay(
    { endpointId, afterPosition = 0, upToPosition = Number.MAX_SAFE_INTEGER }: ReplayRequested,
    recordedMs: number,
  ): void {
    const range = `endpoint_id = ? AND position > ? AND position <= ?
                   AND status IN ('delivered', 'dead')`;
    const values = [endpointId, afterPosition, upToPosition] as const;
    const subjects = this.#database.all(
      `SELECT DISTINCT subject FROM deliveries WHERE ${range}`,
      ...values,
    );
    this.#database.run(
      `UPDATE deliveries SET status = 'pending', tried = 0, due_ms = ? WHERE ${range}`,
      recordedMs,
      ...values,
    );
    for (const row of subjects) refreshLane(this.#database, endpointId, String(row['subject']));
  }

  /** Enabled endpoints with something to send. */
  dueEndpoints(nowMs: number): Endpoint[] {
    const sql = `SELECT * FROM endpoints WHERE status = 'enabled' AND EXISTS
                   (SELECT 1 FROM lanes WHERE lanes.endpoint_id = endpoints.endpoint_id
                    AND due_ms <= ?) ORDER BY endpoint_id`;
    return this.#database.all(sql, nowMs).map(endpointOf);
  }

  /** First deliveries of at most `limit` subjects of an endpoint, those due longest first. */
  dueDeliveries(endpointId: string, nowMs: number, limit: number): string[] {
    const sql = `SELECT (SELECT delivery_id FROM deliveries
                         WHERE endpoint_id = lanes.endpoint_id AND subject = lanes.subject
                           AND status IN ('pending', 'sending') ORDER BY position LIMIT 1) AS id
                 FROM lanes WHERE endpoint_id = ? AND due_ms <= ? ORDER BY due_ms LIMIT ?`;
    return this.#database.all(sql, endpointId, nowMs, limit).map((row) => String(row['id']));
  }

  outgoing(position: number): Outgoing | undefined {
    const row = this.#database.get('SELECT * FROM outgoing WHERE position = ?', position);
    if (row === undefined) return undefined;
    const { traceparent } = row;
    return {
      eventId: String(row['event_id']),
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      body: String(row['body']),
    };
  }

  #subscribers(type: string): string[] {
    const patterns = patternsOf(type);
    const marks = patterns.map(() => '?').join();
    const sql = `SELECT DISTINCT endpoint_id FROM subscriptions WHERE pattern IN (${marks})
                 ORDER BY endpoint_id`;
    return this.#database.all(sql, ...patterns).map((row) => String(row['endpoint_id']));
  }
}
