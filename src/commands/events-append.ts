import type { AppendInput, AppendResult } from '../app/events.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<AppendInput, AppendResult> = {
  examples: [
    `fintech events append order-7 --type com.acme.order-placed --data '{"amount":1250,"currency":"EUR"}'`,
    'fintech events append order-7 events.ndjson --expected 3',
  ],
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      stream: { type: 'string' },
      revision: { type: 'integer' },
      positions: { type: 'array', items: { type: 'string' } },
      replayed: { type: 'boolean' },
    },
    required: ['stream', 'revision', 'positions', 'replayed'],
  },
  configure: (command) => {
    command
      .argument('<stream>', 'the stream to append to')
      .argument('[file]', 'CloudEvents: one, an array or NDJSON; stdin where absent or -')
      .option('--type <type>', 'make one event of this type instead of reading any')
      .option('--data <json>', 'its data')
      .option('--expected <revision>', 'none, exists, any or a revision', 'any');
  },
  input: (command) => {
    const [stream, file] = command.processedArgs as [string, string | undefined];
    const options = command.opts<{ type?: string; data?: string; expected: string }>();
    return { stream, file, type: options.type, data: options.data, expected: options.expected };
  },
  run: async (context, input) => (await import('../app/events.ts')).appendEvents(context, input),
  present: ({ stream, revision, positions, replayed }) =>
    `${stream} is at revision ${revision}, position ${positions.at(-1)}${replayed ? ' (replayed: it was there already)' : ''}`,
};
