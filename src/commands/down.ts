import type { DownResult } from '../app/running.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<{ volumes: boolean }, DownResult> = {
  examples: ['fintech down', 'fintech down --volumes --yes'],
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    properties: { stopped: { type: 'boolean' }, dataDeleted: { type: 'boolean' } },
    required: ['stopped', 'dataDeleted'],
  },
  configure: (command) => {
    command.option('--volumes', 'delete the data too; asks first');
  },
  input: (command) => ({ volumes: command.opts<{ volumes?: true }>().volumes === true }),
  run: async (context, input) => (await import('../app/running.ts')).down(context, input),
  present: ({ stopped, dataDeleted }) =>
    `${stopped ? 'stopped' : 'nothing was running'}${dataDeleted ? ', data deleted' : ''}`,
};
