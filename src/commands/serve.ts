import type { Context } from '../app/context.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { collect, timeoutOption } from './options.ts';
import type { Verb } from './verb.ts';

interface ServeInput {
  part: string;
  command: string[];
  watch: string[];
  services: boolean;
  except: string[];
  timeoutMs: number;
}

/** Hidden: what fintech starts itself, and what a container runs. */
export const verb: Verb<ServeInput, null> = {
  examples: ['fintech serve registry'],
  dataSchema: null,
  configure: (command) => {
    command
      .argument('<part>', 'a component, `service` or `sandbox`')
      .argument('[command...]', 'of a service')
      .option('--watch <folder>', 'restart the service when it changes', collect, [])
      .option('--except <service>', 'leave a service out', collect, [])
      .option('--no-services', 'leave all services out')
      .addOption(timeoutOption());
  },
  input: (command) => {
    const [part, words] = command.processedArgs as [string, string[]];
    const options = command.opts<{
      watch: string[];
      except: string[];
      services?: false;
      timeout: number;
    }>();
    const { watch, except, services = true, timeout } = options;
    return { part, command: words, watch, except, services, timeoutMs: timeout };
  },
  run: async (context: Context, input): Promise<Outcome<null>> => {
    const { serveComponentPart, serveSandboxPart, serveServicePart } =
      await import('../app/serve.ts');
    if (input.part === 'service') await serveServicePart(context, input);
    else if (input.part === 'sandbox') await serveSandboxPart(context, input);
    else await serveComponentPart(context, input.part);
    return { data: null };
  },
  present: () => undefined,
};
