import type { FromSchema } from 'json-schema-to-ts';
import type { coreSchema } from './config-schema.ts';
import type { VerifyConfig } from './verify-config.ts';

/** A `fintech.yaml` that passed its schema. */
export type Config = FromSchema<typeof coreSchema> & { verify?: VerifyConfig };

type Part<T, K extends keyof T> = NonNullable<T[K]>;

export type IdentityConfig = Part<Config, 'identity'>;
/** Where tokens of an issuer say what they are good for. */
export type ScopeClaim = Part<IdentityConfig, 'scopeClaim'>;
export type ClientConfig = Part<IdentityConfig, 'clients'>[string];
export type PersonaConfig = Part<IdentityConfig, 'personas'>[string];
export type RouteConfig = Part<Part<Config, 'gateway'>, 'routes'>[number];
export type ServiceConfig = Part<Config, 'services'>[string];
