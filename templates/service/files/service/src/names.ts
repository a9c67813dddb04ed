/** What this service is called in the registry, and in its routes, scopes and streams. */
export const SERVICE = '{{name}}';

/** The system it belongs to; event types and sources start with it. */
export const WORKSPACE = '{{workspace}}';

/** What its event types are about: `<workspace>.<area>.<name>.v1`. */
export const AREA: string = SERVICE;

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
  note: (id: string) => `${SERVICE}-note-${id}`,
  command: (key: string) => `${SERVICE}-command-${key}`,
};
