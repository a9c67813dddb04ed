import { Command, CommanderError, Option } from 'commander';
import { FintechError } from '../kernel/errors.ts';
import { VERB_GROUPS, VERBS, type VerbEntry } from './catalogue.ts';
import {
  acceptGlobalOptions,
  GLOBAL_HEADING,
  type GlobalFlags,
  globalOptions,
} from './global-flags.ts';
import type { Verb } from './verb.ts';

/** A verb that was called, with its parsed command line. */
export interface Call {
  entry: VerbEntry;
  verb: Verb<unknown, unknown>;
  command: Command;
}

/** Whom the command line tells what it found. */
export interface Listener {
  /** The words of a command, before the rest is parsed: `token`, then `token mint`. */
  recognise(words: string): void;
  /** Help, or the version. */
  explain: (text: string) => void;
  execute(call: Call): Promise<void>;
}

const SUBJECTS: Readonly<Record<string, string>> = {
  token: 'mint, get and judge tokens',
  keys: 'signing keys of this project',
  events: 'work with the event store',
  export: 'the same system without fintech',
};

/**
 * The command line as commander sees it. A verb's module is imported only when that verb is called
 * or explained, so that `--version` pays for none of them.
 */
export function createProgram(version: string, listener: Listener): Command {
  const program = new Command('fintech')
    .exitOverride()
    .configureOutput({ writeOut: listener.explain, writeErr: () => {}, outputError: () => {} })
    .version(version, '-V, --version', 'print the version')
    .addHelpOption(new Option('-h, --help', 'explain a command').helpGroup(GLOBAL_HEADING))
    .helpCommand(false)
    // Behind `exec npm`, `--version` is npm's.
    .enablePositionalOptions();
  for (const option of globalOptions()) program.addOption(option);
  program.helpInformation = rootHelp;
  program.help = () => helpWithoutCommand(program);
  const subjects = new Map<string, Command>();
  for (const entry of VERBS) {
    const [subject = '', name] = entry.path.split(' ');
    const isVerb = name === undefined;
    const parent = isVerb ? program : subjectCommand(program, subjects, { subject, listener });
    addVerb(parent, { entry, name: name ?? subject, program, listener });
  }
  return program;
}

function subjectCommand(
  program: Command,
  subjects: Map<string, Command>,
  { subject, listener }: { subject: string; listener: Listener },
): Command {
  const known = subjects.get(subject);
  if (known !== undefined) return known;
  const command = program
    .command(subject)
    .description(SUBJECTS[subject] ?? subject)
    .usage('<command>')
    .helpCommand(false);
  acceptGlobalOptions(command, program);
  command.help = () => helpWithoutVerb(command);
  program.hook('preSubcommand', (_, called) => {
    if (called === command) listener.recognise(subject);
  });
  subjects.set(subject, command);
  return command;
}

function addVerb(
  parent: Command,
  {
    entry,
    name,
    program,
    listener,
  }: { entry: VerbEntry; name: string; program: Command; listener: Listener },
): void {
  const command = parent
    .command(name, { hidden: entry.hidden === true })
    .description(entry.summary);
  parent.hook('preSubcommand', async (_, called) => {
    if (called !== command) return;
    listener.recognise(entry.path);
    const { verb } = await entry.load();
    verb.configure(command);
    acceptGlobalOptions(command, program);
    command.addHelpText('before', `${verb.examples.map((line) => `  ${line}`).join('\n')}\n`);
    command.action(() => listener.execute({ entry, verb, command }));
  });
}

function helpWithoutCommand(program: Command): never {
  if (program.opts<GlobalFlags>().json === true) {
    throw new FintechError('USAGE_INVALID', 'no command was named', {
      hint: 'Run `fintech -h` for all commands.',
    });
  }
  program.outputHelp();
  throw new CommanderError(0, 'commander.helpDisplayed', '');
}

function helpWithoutVerb(command: Command): never {
  const verbs = command.commands.map((verb) => verb.name()).join(', ');
  throw new FintechError('USAGE_INVALID', `"${command.name()}" needs one of: ${verbs}`, {
    hint: `Run \`fintech ${command.name()} -h\` to see what they do.`,
  });
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

/** What commander threw, in our words. */
export function usageErrorOf(error: CommanderError): FintechError {
  const [line = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const unknownCommand = error.code === 'commander.unknownCommand';
  const hint =
    suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'Run the command with -h to see its arguments.';
  return new FintechError(unknownCommand ? 'USAGE_UNKNOWN_COMMAND' : 'USAGE_INVALID', line, {
    hint: unknownCommand && suggestion === undefined ? 'Run `fintech -h` for all commands.' : hint,
  });
}
