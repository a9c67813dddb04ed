import { Command, type CommanderError, Option } from 'commander';
import { FintechError } from '../kernel/errors.ts';
import { VERB_GROUPS, VERBS, type VerbEntry } from './catalogue.ts';
import type { Verb } from './verb.ts';

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

export type Execute = (
  entry: VerbEntry,
  verb: Verb<unknown, unknown>,
  command: Command,
) => Promise<void>;

const SUBJECTS: Readonly<Record<string, string>> = {
  token: 'mint, get and judge tokens',
  keys: 'signing keys of this project',
  events: 'work with the event store',
};

/**
 * The command line as commander sees it. A verb's module is imported only when that verb is called
 * or explained, so that `--version` pays for none of them.
 */
export function createProgram(version: string, execute: Execute): Command {
  const program = new Command('fintech')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false);
  for (const option of globalOptions()) program.addOption(option);
  program.helpInformation = rootHelp;
  const subjects = new Map<string, Command>();
  for (const entry of VERBS) {
    const [subject = '', name] = entry.path.split(' ');
    const isVerb = name === undefined;
    const parent = isVerb ? program : subjectCommand(program, subjects, subject);
    addVerb(parent, { entry, name: name ?? subject, execute });
  }
  return program;
}

function subjectCommand(
  program: Command,
  subjects: Map<string, Command>,
  subject: string,
): Command {
  const known = subjects.get(subject);
  if (known !== undefined) return known;
  const command = program
    .command(subject)
    .description(SUBJECTS[subject] ?? subject)
    .usage('<command>');
  subjects.set(subject, command);
  return command;
}

function addVerb(
  parent: Command,
  { entry, name, execute }: { entry: VerbEntry; name: string; execute: Execute },
): void {
  const command = parent
    .command(name, { hidden: entry.hidden === true })
    .description(entry.summary);
  parent.hook('preSubcommand', async (_, called) => {
    if (called !== command) return;
    const { verb } = await entry.load();
    verb.configure(command);
    command.addHelpText('before', `${verb.examples.map((line) => `  ${line}`).join('\n')}\n`);
    command.addHelpText('after', '\nGlobal flags: see `fintech -h`.');
    command.action(() => execute(entry, verb, command));
  });
}

function globalOptions(): Option[] {
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

/** At most fifteen lines: an example, then every verb by job. */
function rootHelp(): string {
  const groups = VERB_GROUPS.map(({ title, verbs }) => {
    const names = verbs.filter(({ hidden }) => hidden !== true).map(({ path }) => path);
    return `  ${title.padEnd(10)}${joinSubjects(names)}`;
  });
  return `${[
    'fintech init bank --services ledger --yes && cd bank && npm install && fintech up',
    '',
    'A local sandbox, test tokens and a money verifier for financial services.',
    '',
    ...groups,
    '',
    'Flags everywhere: --json --quiet --verbose --color <auto|always|never> --yes --no-input',
    '                  -C <dir> --config <file> -h, --help   (-V, --version)',
    'Explain one command: fintech <command> -h',
  ].join('\n')}\n`;
}

/** `token mint`, `token get` become `token mint|get`. */
function joinSubjects(paths: string[]): string {
  const bySubject = Map.groupBy(paths, (path) => path.split(' ')[0] ?? path);
  return [...bySubject]
    .map(([subject, members]) => {
      const verbs = members.map((path) => path.slice(subject.length + 1)).filter(Boolean);
      return verbs.length === 0 ? subject : `${subject} ${verbs.join('|')}`;
    })
    .join('  ');
}

/**
 * What commander threw, in our words.
 * @returns undefined when it was no failure: help or the version was asked for and printed
 */
export function usageErrorOf(error: CommanderError): FintechError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const [line = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const unknownCommand = error.code === 'commander.unknownCommand';
  const hint =
    suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'Run the command with -h to see its arguments.';
  return new FintechError(unknownCommand ? 'USAGE_UNKNOWN_COMMAND' : 'USAGE_INVALID', line, {
    hint: unknownCommand && suggestion === undefined ? 'Run `fintech -h` for all commands.' : hint,
  });
}
