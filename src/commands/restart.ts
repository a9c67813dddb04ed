import type { SandboxStatus } from '../app/sandbox-status.ts';
import { presentStatus, statusSchema } from './status-view.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<string, SandboxStatus> = {
  examples: ['fintech restart ledger'],
  dataSchema: statusSchema,
  configure: (command) => {
    command.argument('<name>', 'a component or a service');
  },
  input: (command) => String(command.processedArgs[0]),
  run: async (context, name) => (await import('../app/running.ts')).restart(context, name),
  present: presentStatus,
};
