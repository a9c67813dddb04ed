import type { Command } from 'commander';
import type { ImportedKeys } from '../app/key-changes.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import { overlapOf } from './token-options.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<{ source: string; overlapMs: number }, ImportedKeys> = {
  examples: ['fintech keys import keys.json', 'echo "$KEYS" | fintech keys import -'],
  configure(command: Command): void {
    command
      .argument('<file>', 'what `keys export --private` printed; - reads stdin')
      .option('--overlap <duration>', 'how long tokens of the old keys are accepted', '1h');
  },
  input: (command: Command) => ({
    source: command.processedArgs[0] as string,
    overlapMs: overlapOf(command.opts<{ overlap: string }>().overlap),
  }),
  async run(context, input) {
    const { importKeys } = await import('../app/key-changes.ts');
    return importKeys(context, input);
  },
  present: ({ algorithms, clientSecrets }) =>
    [...algorithms, ...(clientSecrets ? ['client secrets'] : [])]
      .map((what) => `imported ${what}`)
      .join('\n'),
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['algorithms', 'clientSecrets'],
    properties: {
      algorithms: { type: 'array', items: { enum: SIGNING_ALGORITHMS } },
      clientSecrets: { type: 'boolean' },
    },
  },
};
