import type { Config, PersonaConfig } from './config.ts';
import { PRESET_PERSONAS } from './persona-presets.ts';

/** Who a token speaks for. */
export interface Persona {
  subject: string;
  /** The client the token is issued to; undefined for a person, who uses the CLI's. */
  clientId: string | undefined;
  scopes: readonly string[];
  claims: Readonly<Record<string, unknown>>;
}

export const DEFAULT_PERSONA = 'customer';

/** Played where `fintech.yaml` has no personas of its own. */
const DEFAULT_PERSONAS: Readonly<Record<string, PersonaConfig>> = {
  customer: { sub: 'usr_customer', scopes: ['accounts:read', 'payments:read', 'payments:write'] },
  merchant: { sub: 'usr_merchant', scopes: ['payments:read', 'webhooks:read', 'webhooks:write'] },
  operator: {
    sub: 'usr_operator',
    scopes: [
      'accounts:read',
      'accounts:write',
      'ledger:post',
      'ledger:read',
      'payments:read',
      'payments:write',
    ],
  },
  auditor: {
    sub: 'usr_auditor',
    scopes: ['accounts:read', 'ledger:read', 'payments:read', 'events:read'],
  },
};

/**
 * The personas of a configuration, by name: those of the presets, its own or the default ones, and
 * each client as `service:<client_id>`. Its own come first, and in place of presets of the same name.
 */
export function personasOf(config: Config | undefined): ReadonlyMap<string, Persona> {
  const own = config?.identity?.personas ?? DEFAULT_PERSONAS;
  const people = { ...own, ...PRESET_PERSONAS, ...own };
  const clients = config?.identity?.clients ?? {};
  return new Map<string, Persona>([
    ...Object.entries(clients).map(
      ([clientId, { scopes, claims = {} }]) =>
        [`service:${clientId}`, { subject: clientId, clientId, scopes, claims }] as const,
    ),
    ...Object.entries(people).map(
      ([name, { sub, scopes, claims }]) =>
        [name, { subject: sub, clientId: undefined, scopes, claims: claims ?? {} }] as const,
    ),
  ]);
}
