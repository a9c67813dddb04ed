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
    await serve(context, input);
    return { data: null };
  },
  present: () => undefined,
};

/** Each part loads what it needs alone: a container starts as soon as its process does. */
async function serve(context: Context, input: ServeInput): Promise<void> {
  if (input.part === 'service') {
    const { serveServicePart } = await import('../app/serve-service.ts');
    return serveServicePart(context, input);
  }
  if (input.part === 'sandbox') {
    const { serveSandboxPart } = await import('../app/detached.ts');
    return serveSandboxPart(context, input);
  }
  const { serveComponentPart } = await import('../app/serve-component.ts');
  return serveComponentPart(context, input.part);
}
