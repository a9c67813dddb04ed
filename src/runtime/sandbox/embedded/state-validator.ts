import { type Validator, validatorOf } from '../../../kernel/schema.ts';
import { stateSchema } from './state-schema.ts';
import type { SandboxState } from './state.ts';

/** Holds a value to the schema of `state.json`. The build puts compiled code in place of this file. */
export const validateState: Validator<SandboxState> = validatorOf<SandboxState>(stateSchema);
