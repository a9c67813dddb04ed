import type { DomainEvent } from '../domain/events.ts';
import { inboundId } from '../domain/source.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to. */
export function streamOf({ type, data }: DomainEvent): string {
  switch (type) {
    case 'endpoint-registered':
    case 'endpoint-secret-rotated':
    case 'endpoint-disabled':
    case 'endpoint-enabled':
    case 'replay-requested':
      return streams.endpoint(data.endpointId);
    case 'attempt-started':
    case 'delivered':
    case 'attempt-failed':
    case 'dead-lettered':
    case 'retry-requested':
      return streams.delivery(data.deliveryId);
    case 'source-added':
    case 'source-secret-rotated':
      return streams.source(data.source);
    case 'received':
      return streams.inbound(inboundId(data));
  }
}
