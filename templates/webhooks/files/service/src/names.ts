/** What this service is called in the registry, and in its routes, scopes and streams. */
export const SERVICE = '{{name}}';

/** The system it belongs to; event types and sources start with it. */
export const WORKSPACE = '{{workspace}}';

/** What its event types are about: `<workspace>.webhooks.<name>.v1`, whatever the service is called. */
export const AREA = 'webhooks';

export const BASE_PATH = `/v1/${SERVICE}`;

export const SCOPES = {
  write: `${SERVICE}:write`,
  read: `${SERVICE}:read`,
  projections: 'projections:read',
} as const;

/** CloudEvents `source` of everything written here. */
export const SOURCE = `/${WORKSPACE}/${SERVICE}`;

/** The streams this service alone writes. */
export const streams = {
  endpoint: (id: string) => `${SERVICE}-endpoint-${id}`,
  delivery: (id: string) => `${SERVICE}-delivery-${id}`,
  source: (id: string) => `${SERVICE}-source-${id}`,
  inbound: (id: string) => `${SERVICE}-inbound-${id}`,
  command: (key: string) => `${SERVICE}-command-${key}`,
};
