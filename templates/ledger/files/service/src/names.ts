/** What this service is called in the registry, and in its routes, scopes and streams. */
export const SERVICE = '{{name}}';

/** The system it belongs to; event types and sources start with it. */
export const WORKSPACE = '{{workspace}}';

/** What its event types are about: `<workspace>.ledger.<name>.v1`, whatever the service is called. */
export const AREA = 'ledger';

export const BASE_PATH = `/v1/${SERVICE}`;

export const SCOPES = {
  post: `${SERVICE}:post`,
  read: `${SERVICE}:read`,
  projections: 'projections:read',
} as const;

/** CloudEvents `source` of everything written here. */
export const SOURCE = `/${WORKSPACE}/${SERVICE}`;

/** The streams this service alone writes. */
export const streams = {
  account: (id: string) => `${SERVICE}-account-${id}`,
  transaction: (id: string) => `${SERVICE}-transaction-${id}`,
  hold: (id: string) => `${SERVICE}-hold-${id}`,
  command: (key: string) => `${SERVICE}-command-${key}`,
};
