import type { Configuration } from 'oidc-provider';

type Features = NonNullable<Configuration['features']>;

/** The settings of one of oidc-provider's features. */
export type Feature<Name extends keyof Features> = NonNullable<Features[Name]>;
