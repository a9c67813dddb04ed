import { type Command, Option } from 'commander';

/** Flags every command takes. */
export interface GlobalFlags {
  json?: true;
  quiet?: true;
  verbose?: true;
  color: 'auto' | 'always' | 'never';
  yes?: true;
  /** False by `--no-input`. */
  input: boolean;
  directory?: string;
  config?: string;
}

/** Their heading in the help of a command. */
export const GLOBAL_HEADING = 'Global flags:';

/** Global flags may stand behind a command too, and count as if they stood before it. */
export function acceptGlobalOptions(command: Command, program: Command): void {
  for (const option of globalOptions()) {
    const name = option.attributeName();
    command.addOption(option.helpGroup(GLOBAL_HEADING));
    command.on(`option:${option.name()}`, () =>
      program.setOptionValueWithSource(name, command.getOptionValue(name), 'cli'),
    );
  }
}

export function globalOptions(): Option[] {
  return [
    new Option('--json', 'print one JSON object'),
    new Option('--quiet', 'print results and errors only'),
    new Option('--verbose', 'say more on stderr'),
    new Option('--color <when>', 'use colour').choices(['auto', 'always', 'never']).default('auto'),
    new Option('--yes', 'answer yes to every question'),
    new Option('--no-input', 'never ask'),
    new Option('-C, --directory <dir>', 'work in this folder'),
    new Option('--config <file>', 'use this fintech.yaml'),
  ];
}
