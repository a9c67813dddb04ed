import type { EnvironmentInput } from '../app/environment.ts';
import type { Verb } from './verb.ts';

interface ExecInput extends EnvironmentInput {
  command: readonly [string, ...string[]];
}

export const verb: Verb<ExecInput, null> = {
  examples: [
    'fintech exec npm test',
    'fintech exec --service ledger -- node --inspect src/main.ts',
  ],
  dataSchema: null,
  leavesSignals: true,
  configure: (command) => {
    command
      .passThroughOptions()
      .argument('<command...>', 'with its own arguments and flags')
      .option('--service <name>', 'with the environment of this service');
  },
  input: (command) => ({
    service: command.opts<{ service?: string }>().service,
    command: command.processedArgs[0] as [string, ...string[]],
  }),
  run: async (context, input) => (await import('../app/environment.ts')).exec(context, input),
  present: () => undefined,
};
