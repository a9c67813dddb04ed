import { shownDelivery, shownEndpoint } from './shown.ts';
import type { Database } from './database.ts';
import { deliveryOf, endpointOf } from './rows.ts';

export interface DeliveryFilter {
  endpoint?: string;
  status?: string;
  subject?: string;
}

export interface DeliveryPage {
  deliveries: object[];
  /** What to ask the next page with. */
  next?: string;
}

/** Deliveries in the order they were made, from the one after `after`. */
export function deliveryPage(
  database: Database,
  { filter, after, limit }: { filter: DeliveryFilter; after: number; limit: number },
): DeliveryPage {
  const columns = { endpoint_id: filter.endpoint, status: filter.status, subject: filter.subject };
  const wanted = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, value }],
  );
  const where = wanted.map(({ column }) => ` AND ${column} = ?`).join('');
  const rows = database.all(
    `SELECT * FROM deliveries WHERE number > ?${where} ORDER BY number LIMIT ?`,
    after,
    ...wanted.map(({ value }) => value),
    limit + 1,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const deliveries = page.map((row) => shownDelivery(deliveryOf(row)));
  return rows.length > limit && last
    ? { deliveries, next: String(last['number']) }
    : { deliveries };
}

export interface EndpointPage {
  endpoints: object[];
  next?: string;
}

/** Endpoints by id, from the one after `after`. */
export function endpointPage(
  database: Database,
  { after, limit }: { after: string; limit: number },
): EndpointPage {
  const sql = 'SELECT * FROM endpoints WHERE endpoint_id > ? ORDER BY endpoint_id LIMIT ?';
  const rows = database.all(sql, after, limit + 1).map(endpointOf);
  const endpoints = rows.slice(0, limit);
  const last = endpoints.at(-1);
  const shown = endpoints.map(shownEndpoint);
  return rows.length > limit && last
    ? { endpoints: shown, next: last.endpointId }
    : { endpoints: shown };
}
