import { Option } from 'commander';
import type { SandboxStatus } from '../app/sandbox-status.ts';
import type { UpInput } from '../app/up.ts';
import { collect, timeoutOption } from './options.ts';
import { presentStatus, statusSchema } from './status-view.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<UpInput, SandboxStatus> = {
  examples: ['fintech up', 'fintech up --driver docker --detach'],
  dataSchema: statusSchema,
  configure: (command) => {
    command
      .addOption(
        new Option('--driver <driver>', 'what runs it').choices(['auto', 'embedded', 'docker']),
      )
      .option('--no-services', 'start the components alone')
      .option('--except <service>', 'leave a service out (may be repeated)', collect)
      .option('-d, --detach', 'return when all is ready')
      .option('--dry-run', 'print the plan and start nothing')
      .addOption(timeoutOption());
  },
  input: (command) => {
    const options = command.opts<{
      driver?: string;
      services?: false;
      except?: string[];
      detach?: true;
      dryRun?: true;
      timeout: number;
    }>();
    return {
      driver: options.driver,
      services: options.services !== false,
      except: options.except ?? [],
      detach: options.detach === true,
      dryRun: options.dryRun === true,
      timeoutMs: options.timeout,
    };
  },
  run: async (context, input) => (await import('../app/up.ts')).up(context, input),
  present: presentStatus,
};
