/** The four components of a sandbox, in the order they start. */
export const COMPONENTS = ['registry', 'identity', 'events', 'gateway'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** Where a token is meant to be used: behind the gateway, at the event store, at control calls. */
export const AUDIENCES = ['api', 'events', 'admin'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** The resource indicator (RFC 8707) a client names to get a token for an audience. */
export function resourceOf(audience: Audience): string {
  return `urn:fintech:${audience}`;
}

/** Scopes of our own components; they belong to the audience named first. */
export const COMPONENT_SCOPES: Readonly<Record<Audience, readonly string[]>> = {
  api: ['projections:read'],
  events: ['events:read', 'events:append'],
  admin: ['sandbox:admin'],
};

/** The `client_id` of tokens the CLI mints for itself. */
export const CLI_CLIENT_ID = 'fintech-cli';

const SERVICE_NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
/** `constructor` is a member of every object; the others are the sandbox's own names and folders. */
const RESERVED: ReadonlySet<string> = new Set([
  ...COMPONENTS,
  CLI_CLIENT_ID,
  'consul',
  'sandbox',
  'node_modules',
  'constructor',
]);

/**
 * Whether a name may be a service's: it becomes an npm package, a DNS label and a folder, so
 * 1 to 40 of a-z, 0-9 and `-`, starting with a letter, and none that the sandbox uses itself.
 */
export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name) && !RESERVED.has(name);
}

/** Whether a name may be a workspace's: as for a service, but nothing is reserved. */
export function isWorkspaceName(name: string): boolean {
  return SERVICE_NAME.test(name);
}

/** RFC 6749 §3.3: one scope is any visible ASCII but `"` and `\`. */
export function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}
