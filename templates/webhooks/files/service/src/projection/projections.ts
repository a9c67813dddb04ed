import { shownDelivery, shownEndpoint } from './shown.ts';
import type { Row } from './database.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';

/** What can be read whole, by name: for `fintech verify` to compare with the log. */
export const PROJECTIONS: Readonly<Record<string, { sql: string; read: (row: Row) => object }>> = {
  deliveries: {
    sql: 'SELECT * FROM deliveries ORDER BY delivery_id',
    read: (row) => {
      const delivery = deliveryOf(row);
      return { key: delivery.deliveryId, value: shownDelivery(delivery) };
    },
  },
  endpoints: {
    sql: 'SELECT * FROM endpoints ORDER BY endpoint_id',
    read: (row) => {
      const endpoint = endpointOf(row);
      return { key: endpoint.endpointId, value: shownEndpoint(endpoint) };
    },
  },
  inbound: {
    sql: 'SELECT * FROM inbound ORDER BY source, message_id',
    read: (row) => {
      const { source, messageId, ...value } = messageOf(row);
      return {
        key: `${source}/${messageId}`,
        value: { ...value, receivedAt: String(row['received_at']) },
      };
    },
  },
};
