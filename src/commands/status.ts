import type { SandboxStatus } from '../app/sandbox-status.ts';
import { presentStatus, statusSchema } from './status-view.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<undefined, SandboxStatus> = {
  examples: ['fintech status', 'fintech status --json'],
  dataSchema: statusSchema,
  configure: () => {},
  input: () => undefined,
  run: async (context) => (await import('../app/running.ts')).status(context),
  present: presentStatus,
};
