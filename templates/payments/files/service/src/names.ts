/** What this service is called in the registry, and in its routes, scopes and streams. */
export const SERVICE = '{{name}}';

/** The system it belongs to; event types and sources start with it. */
export const WORKSPACE = '{{workspace}}';

/** What its event types are about: `<workspace>.payments.<name>.v1`, whatever it is called. */
export const AREA = 'payments';

/** The service that keeps the accounts. */
export const LEDGER = '{{ledger}}';

export const BASE_PATH_OF_LEDGER = `/v1/${LEDGER}`;

export const BASE_PATH = `/v1/${SERVICE}`;

export const SCOPES = {
  write: `${SERVICE}:write`,
  read: `${SERVICE}:read`,
  /** Payments of whatever owner. */
  any: `${SERVICE}:any`,
  projections: 'projections:read',
} as const;

/** CloudEvents `source` of everything written here. */
export const SOURCE = `/${WORKSPACE}/${SERVICE}`;

/** The streams this service alone writes. */
export const streams = {
  payment: (id: string) => `${SERVICE}-payment-${id}`,
  refund: (id: string) => `${SERVICE}-refund-${id}`,
  command: (key: string) => `${SERVICE}-command-${key}`,
};
