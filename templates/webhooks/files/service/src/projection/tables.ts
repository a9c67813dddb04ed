import type { Delivery, Lane } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Changes, Hooks } from '../domain/hooks.ts';
import type { Message, Source } from '../domain/source.ts';
import type { Database } from './database.ts';
import { deliveryOf, endpointOf, messageOf, sourceOf } from './rows.ts';

/** The read model's rows, read and written as what they mean. */
export class Tables implements Hooks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  endpoint(endpointId: string): Endpoint | undefined {
    const row = this.#database.get('SELECT * FROM endpoints WHERE endpoint_id = ?', endpointId);
    return row && endpointOf(row);
  }

  delivery(deliveryId: string): Delivery | undefined {
    const row = this.#database.get('SELECT * FROM deliveries WHERE delivery_id = ?', deliveryId);
    return row && deliveryOf(row);
  }

  lane(endpointId: string, subject: string): Lane {
    const head = this.#database.get(
      `SELECT delivery_id FROM deliveries WHERE endpoint_id = ? AND subject = ?
         AND status IN ('pending', 'sending') ORDER BY position LIMIT 1`,
      endpointId,
      subject,
    );
    const running = this.#database.get(
      `SELECT MAX(due_ms) AS until FROM deliveries
       WHERE endpoint_id = ? AND subject = ? AND status = 'sending'`,
      endpointId,
      subject,
    );
    const until = running?.['until'];
    return {
      ...(head && { headId: String(head['delivery_id']) }),
      ...(typeof until === 'number' && { busyUntilMs: until }),
    };
  }

  source(source: string): Source | undefined {
    const row = this.#database.get('SELECT * FROM sources WHERE source = ?', source);
    return row && sourceOf(row);
  }

  message(source: string, messageId: string): Message | undefined {
    const sql = 'SELECT * FROM inbound WHERE source = ? AND message_id = ?';
    const row = this.#database.get(sql, source, messageId);
    return row && messageOf(row);
  }

  putChanges({ endpoints, deliveries, sources, messages }: Changes, recordedAt: string): void {
    for (const one of endpoints) this.#putEndpoint(one);
    for (const one of deliveries) this.#putDelivery(one);
    for (const { source, secrets } of sources) {
      const sql = 'INSERT OR REPLACE INTO sources VALUES (?, ?)';
      this.#database.run(sql, source, JSON.stringify(secrets));
    }
    for (const { source, messageId, sentAt, digest } of messages) {
      const sql = 'INSERT INTO inbound VALUES (?, ?, ?, ?, ?)';
      this.#database.run(sql, source, messageId, sentAt, recordedAt, digest);
    }
  }

  #putEndpoint(endpoint: Endpoint): void {
    const { endpointId, url, eventTypes, description, status, reason, secrets } = endpoint;
    const facts = [url, JSON.stringify(eventTypes), description ?? null, status, reason ?? null];
    const sql = 'INSERT OR REPLACE INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#database.run(sql, endpointId, ...facts, JSON.stringify(secrets));
  }

  #putDelivery({ deliveryId, status, attempts, tried, dueMs, failure, ...facts }: Delivery): void {
    const sql = `UPDATE deliveries SET status = ?, attempts = ?, tried = ?, due_ms = ?, reason = ?,
                   response_status = ? WHERE delivery_id = ?`;
    const end = [failure?.reason ?? null, failure?.status ?? null, deliveryId];
    this.#database.run(sql, status, attempts, tried, dueMs, ...end);
    refreshLane(this.#database, facts.endpointId, facts.subject);
  }
}

/** Says anew when the first open delivery of a lane is due, or that there is none. */
export function refreshLane(database: Database, endpointId: string, subject: string): void {
  const lane = [endpointId, subject];
  database.run('DELETE FROM lanes WHERE endpoint_id = ? AND subject = ?', ...lane);
  database.run(
    `INSERT INTO lanes
     SELECT endpoint_id, subject,
       COALESCE((SELECT MAX(due_ms) FROM deliveries
                 WHERE endpoint_id = ? AND subject = ? AND status = 'sending'), due_ms)
     FROM deliveries
     WHERE endpoint_id = ? AND subject = ? AND status IN ('pending', 'sending')
     ORDER BY position LIMIT 1`,
    ...lane,
    ...lane,
  );
}
