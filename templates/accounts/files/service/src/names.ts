/** What this service is called in the registry, and in its routes, scopes and streams. */
export const SERVICE = '{{name}}';

/** The system it belongs to; event types and sources start with it. */
export const WORKSPACE = '{{workspace}}';

/** What its event types are about: `<workspace>.accounts.<name>.v1`, whatever the service is called. */
export const AREA = 'accounts';

export const BASE_PATH = `/v1/${SERVICE}`;

export const SCOPES = {
  write: `${SERVICE}:write`,
  read: `${SERVICE}:read`,
  /** Sees and changes accounts whoever owns them. */
  any: `${SERVICE}:any`,
  projections: 'projections:read',
} as const;

/** CloudEvents `source` of everything written here. */
export const SOURCE = `/${WORKSPACE}/${SERVICE}`;

/** The streams this service alone writes. */
export const streams = {
  account: (id: string) => `${SERVICE}-account-${id}`,
  command: (key: string) => `${SERVICE}-command-${key}`,
};

/** The ledger that keeps the accounts, by its name in the registry. */
export const LEDGER = '{{ledger}}';

/** The ledger's streams, which this service only reads. */
export const ledgerStreams = {
  account: (id: string) => `${LEDGER}-account-${id}`,
  transaction: (id: string) => `${LEDGER}-transaction-${id}`,
  hold: (id: string) => `${LEDGER}-hold-${id}`,
};
