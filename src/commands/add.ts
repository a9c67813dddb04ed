import type { ScaffoldData } from '../app/scaffold-plan.ts';
import type { AddInput } from '../app/scaffold.ts';
import { collect } from './options.ts';
import { presentScaffold, scaffoldSchema } from './scaffold-view.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<AddInput, ScaffoldData> = {
  examples: ['fintech add ledger', 'fintech add ./my-template fees'],
  configure: (command) => {
    command
      .argument('<template>', 'id of a built-in template, or a folder such as ./my-template')
      .argument('[name]', "the service's name; the template's id when left out")
      .option('--set <name=value>', 'a parameter of the template; repeatable', collect)
      .option('--dry-run', 'show what would be written');
  },
  input: (command) => {
    const { set = [], dryRun = false } = command.opts<{ set?: string[]; dryRun?: boolean }>();
    const [template, name] = command.processedArgs as [string, string | undefined];
    return { template, name, set, dryRun };
  },
  run: async (context, input) => (await import('../app/scaffold.ts')).add(context, input),
  present: presentScaffold,
  dataSchema: scaffoldSchema,
};
