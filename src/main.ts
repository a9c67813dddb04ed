import { type Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { VerbEntry } from './commands/catalogue.ts';
import { createProgram, type GlobalFlags, usageErrorOf } from './commands/program.ts';
import type { Verb } from './commands/verb.ts';
import { FintechError, messageOf } from './kernel/errors.ts';
import type { ProgramReporter } from './output/reporter.ts';

const INTERRUPTED = 130;

/** Runs the program once over this process's arguments and streams, and sets its exit code. */
export async function main(): Promise<void> {
  const interruption = listenForSignals();
  let path = '';
  let reporter: ProgramReporter | undefined;
  const program = createProgram(manifest.version, async (entry, verb, command) => {
    path = entry.path;
    const flags = command.optsWithGlobals<GlobalFlags>();
    reporter = await createReporter(flags);
    const exitCode = await run({ entry, verb, command }, { flags, reporter, ...interruption });
    process.exitCode = exitCode === INTERRUPTED ? (interruption.exitCode() ?? exitCode) : exitCode;
  });
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    const failure = failureOf(error, program, interruption.signal);
    if (failure === undefined) return;
    process.exitCode = interruption.exitCode() ?? failure.exitCode;
    reporter ??= await createReporter(sniffFlags(process.argv));
    await reporter.failure(path, failure);
  }
}

interface Call {
  entry: VerbEntry;
  verb: Verb<unknown, unknown>;
  command: Command;
}

interface Surroundings {
  flags: GlobalFlags;
  reporter: ProgramReporter;
  signal: AbortSignal;
}

async function run({ entry, verb, command }: Call, surroundings: Surroundings): Promise<number> {
  // Loaded now: `--version` and help need none of it.
  const { createContext } = await import('./process-context.ts');
  const { reporter } = surroundings;
  const outcome = await verb.run(createContext(surroundings), verb.input(command));
  await reporter.result({
    command: entry.path,
    outcome,
    present: (data, style) => verb.present(data, style),
    streamed: verb.dataSchema === null,
  });
  return outcome.childExitCode ?? outcome.failure?.exitCode ?? 0;
}

/** A FintechError stays as it is; help that was printed is none; all else is our fault. */
function failureOf(
  error: unknown,
  program: Command,
  signal: AbortSignal,
): FintechError | undefined {
  if (error instanceof Error && error.name === 'ReaderGoneError') return undefined;
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') process.stdout.write(program.helpInformation());
    return usageErrorOf(error);
  }
  if (signal.aborted) {
    return new FintechError('INTERRUPTED', 'what had been started was stopped', {
      hint: 'Run it again when you are ready.',
    });
  }
  if (error instanceof FintechError) return error;
  return new FintechError('INTERNAL', messageOf(error), {
    hint: 'Run it again with --verbose and report what it prints.',
    cause: error,
  });
}

async function createReporter(flags: GlobalFlags): Promise<ProgramReporter> {
  const { createProgramReporter } = await import('./output/program-reporter.ts');
  return createProgramReporter(flags, process);
}

/** The first signal asks for an orderly end, the second one ends at once. */
function listenForSignals(): { signal: AbortSignal; exitCode: () => number | undefined } {
  const controller = new AbortController();
  const codes = { SIGINT: INTERRUPTED, SIGTERM: 143, SIGHUP: 129 } as const;
  let exitCode: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (exitCode !== undefined) process.exit(exitCode);
      exitCode = codes[name];
      controller.abort(new FintechError('INTERRUPTED', 'interrupted'));
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}

/** Flags of a command line that could not be parsed: enough to report that in the wanted form. */
function sniffFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--');
  const seen = new Set(end === -1 ? argv : argv.slice(0, end));
  return { color: 'auto', input: true, ...(seen.has('--json') ? { json: true as const } : {}) };
}
