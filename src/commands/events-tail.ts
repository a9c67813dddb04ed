import { wholeNumber } from './options.ts';
import type { Verb } from './verb.ts';

interface TailInput {
  stream: string | undefined;
  type: string | undefined;
  after: number | undefined;
}

export const verb: Verb<TailInput, null> = {
  examples: ['fintech events tail', 'fintech events tail --after 0 --type com.acme.order-placed'],
  dataSchema: null,
  configure: (command) => {
    command
      .argument('[stream]', 'one stream; the whole log where absent')
      .option('--type <type>', 'only events of this type')
      .option(
        '--after <position>',
        'start behind this position; at the end where absent',
        wholeNumber,
      );
  },
  input: (command) => {
    const options = command.opts<{ type?: string; after?: number }>();
    const stream = command.processedArgs[0] as string | undefined;
    return { stream, type: options.type, after: options.after };
  },
  run: async (context, input) => (await import('../app/events.ts')).tailEvents(context, input),
  present: () => undefined,
};
