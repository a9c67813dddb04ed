import type { LogsInput } from '../app/logs.ts';
import { wholeNumber } from './options.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<LogsInput, null> = {
  examples: ['fintech logs -f', 'fintech logs ledger --lines 50'],
  dataSchema: null,
  configure: (command) => {
    command
      .argument('[name]', 'one component or service; all of them where absent')
      .option('-f, --follow', 'go on as lines come')
      .option('-n, --lines <count>', 'only the newest lines', wholeNumber);
  },
  input: (command) => {
    const options = command.optsWithGlobals<{ follow?: true; lines?: number; json?: true }>();
    return {
      name: command.processedArgs[0] as string | undefined,
      follow: options.follow === true,
      lines: options.lines,
      json: options.json === true,
    };
  },
  run: async (context, input) => (await import('../app/logs.ts')).logs(context, input),
  present: () => undefined,
};
