import type { EndpointRegistered } from './events.ts';
import { firstSecret, type Secrets } from './secret.ts';

export interface Endpoint {
  endpointId: string;
  url: string;
  eventTypes: string[];
  description?: string;
  status: 'enabled' | 'disabled';
  /** Why it is disabled. */
  reason?: 'requested' | 'gone';
  secrets: Secrets;
}

export function registeredEndpoint({ keyId, ...facts }: EndpointRegistered): Endpoint {
  return { ...facts, status: 'enabled', secrets: firstSecret(keyId) };
}

export function enabled(endpoint: Endpoint): Endpoint {
  const { reason: _, ...rest } = endpoint;
  return { ...rest, status: 'enabled' };
}
