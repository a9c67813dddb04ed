import type { ReadInput } from '../app/events.ts';
import { wholeNumber } from './options.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<ReadInput, null> = {
  examples: [
    'fintech events read',
    'fintech events read ledger-account-acct_1 --backward --limit 1',
  ],
  dataSchema: null,
  configure: (command) => {
    command
      .argument('[stream]', 'one stream; the whole log where absent')
      .option(
        '--from <number>',
        'first revision of a stream, or position of the log to start behind',
        wholeNumber,
      )
      .option('--limit <count>', 'at most so many events', wholeNumber)
      .option('--backward', 'newest first, for a stream')
      .option('--type <type>', 'only events of this type, for the whole log');
  },
  input: (command) => {
    const options = command.opts<{
      from?: number;
      limit?: number;
      backward?: true;
      type?: string;
    }>();
    return {
      stream: command.processedArgs[0] as string | undefined,
      type: options.type,
      from: options.from,
      limit: options.limit,
      backward: options.backward === true,
    };
  },
  run: async (context, input) => (await import('../app/events.ts')).readEventLog(context, input),
  present: () => undefined,
};
