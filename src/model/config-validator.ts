import { type Validator, validatorOf } from '../kernel/schema.ts';
import type { Config } from './config.ts';
import { configSchema } from './config-schema.ts';

/** Holds a value to the schema of `fintech.yaml`. The build puts compiled code in place of this file. */
export const validateConfig: Validator<Config> = validatorOf<Config>(configSchema);
