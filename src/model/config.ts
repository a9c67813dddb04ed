import type { FromSchema } from 'json-schema-to-ts';
import type { configSchema } from './config-schema.ts';

/** A `fintech.yaml` that passed its schema. */
export type Config = FromSchema<typeof configSchema>;

type Part<T, K extends keyof T> = NonNullable<T[K]>;

export type IdentityConfig = Part<Config, 'identity'>;
export type ClientConfig = Part<IdentityConfig, 'clients'>[string];
export type PersonaConfig = Part<IdentityConfig, 'personas'>[string];
export type RouteConfig = Part<Part<Config, 'gateway'>, 'routes'>[number];
export type ServiceConfig = Part<Config, 'services'>[string];
export type VerifyConfig = Part<Config, 'verify'>;
