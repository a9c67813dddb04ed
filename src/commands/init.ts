import type { ScaffoldData } from '../app/scaffold-plan.ts';
import type { InitInput } from '../app/scaffold.ts';
import { FintechError } from '../kernel/errors.ts';
import { collect } from './options.ts';
import { presentScaffold, scaffoldSchema } from './scaffold-view.ts';
import type { Verb } from './verb.ts';

interface Flags {
  name?: string;
  services?: string;
  set?: string[];
  dryRun?: boolean;
  yes?: boolean;
}

export const verb: Verb<InitInput, ScaffoldData> = {
  examples: ['fintech init bank --services ledger', 'fintech init . --services none'],
  configure: (command) => {
    command
      .argument('[dir]', 'where; the working folder when left out')
      .option('--services <ids>', 'templates, comma-separated; none adds only fintech.yaml')
      .option('--name <name>', "the workspace's name; its folder's when left out")
      .option('--set <name=value>', 'ci=none, or ledger.dockerfile=false; repeatable', collect)
      .option('--dry-run', 'show what would be written');
  },
  input: (command) => {
    const {
      name,
      services,
      set = [],
      dryRun = false,
      yes = false,
    } = command.optsWithGlobals<Flags>();
    const [directory] = command.processedArgs as [string | undefined];
    return { directory, name, services: servicesOf(services), set, yes, dryRun };
  },
  run: async (context, input) => (await import('../app/scaffold.ts')).init(context, input),
  present: presentScaffold,
  dataSchema: scaffoldSchema,
};

function servicesOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  const ids = text.split(',').map((id) => id.trim());
  if (!ids.includes('') && new Set(ids).size === ids.length) return ids;
  throw new FintechError('USAGE_INVALID', `--services ${text}: name each template once`, {
    hint: 'Separate them by commas, or write none.',
  });
}
