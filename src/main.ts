import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { Context } from './app/context.ts';
import type { VerbEntry } from './commands/catalogue.ts';
import { createProgram, type GlobalFlags, usageErrorOf } from './commands/program.ts';
import type { Verb } from './commands/verb.ts';
import { FintechError, messageOf } from './kernel/errors.ts';
import { systemRandom } from './kernel/random.ts';
import { systemClock } from './kernel/time.ts';
import { createHumanReporter } from './output/human-reporter.ts';
import { createJsonReporter } from './output/json-reporter.ts';
import { exitCodeOf, type ProgramReporter, ReaderGoneError } from './output/reporter.ts';
import { sinkOf } from './output/sink.ts';
import { styleFor, wantsColor } from './output/style.ts';

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
    const context = createContext(flags, reporter, interruption.signal);
    const exitCode = await run(context, { entry, verb, command, reporter });
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
  reporter: ProgramReporter;
}

async function run(context: Context, { entry, verb, command, reporter }: Call): Promise<number> {
  const outcome = await verb.run(context, verb.input(command));
  await reporter.result({
    command: entry.path,
    outcome,
    present: (data, style) => verb.present(data, style),
    streamed: verb.dataSchema === null,
  });
  return exitCodeOf(outcome);
}

/** A FintechError stays as it is; help that was printed is none; all else is our fault. */
function failureOf(
  error: unknown,
  program: Command,
  signal: AbortSignal,
): FintechError | undefined {
  if (error instanceof ReaderGoneError) return undefined;
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') process.stdout.write(program.helpInformation());
    return usageErrorOf(error);
  }
  if (signal.aborted)
    return new FintechError('INTERRUPTED', 'what had been started was stopped', {
      hint: 'Run it again when you are ready.',
    });
  if (error instanceof FintechError) return error;
  return new FintechError('INTERNAL', messageOf(error), {
    hint: 'Run it again with --verbose and report what it prints.',
    cause: error,
  });
}

async function createReporter(flags: GlobalFlags): Promise<ProgramReporter> {
  const { stdout, stderr, env } = process;
  const sinks = { stdout: sinkOf(stdout), stderr: sinkOf(stderr) };
  const styles = {
    stdout: styleFor(wantsColor(flags.color, stdout, env)),
    stderr: styleFor(wantsColor(flags.color, stderr, env)),
  };
  const quiet = flags.quiet === true;
  const base = { ...sinks, styles, quiet, verbose: flags.verbose === true, live: undefined };
  if (flags.json === true) return createJsonReporter(base);
  const terminal = stderr.isTTY && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
  if (!terminal || quiet) return createHumanReporter(base);
  const { createLiveList } = await import('./output/live-list.ts');
  return createHumanReporter({ ...base, live: createLiveList(sinks.stderr, styles.stderr) });
}

function createContext(
  flags: GlobalFlags,
  reporter: ProgramReporter,
  signal: AbortSignal,
): Context {
  const { env, stdin, stderr } = process;
  const cwd = resolve(flags.directory ?? '.');
  const interactive = flags.input && flags.json !== true && stdin.isTTY && stderr.isTTY;
  return {
    cwd,
    configFile: flags.config === undefined ? undefined : resolve(cwd, flags.config),
    environment: env,
    homeFolder: homedir(),
    clock: systemClock,
    random: systemRandom,
    reporter,
    prompts: lazyPrompts({ assumeYes: flags.yes === true, interactive }),
    stdin,
    signal,
    self: { node: process.execPath, entry: programEntry() },
    version: manifest.version,
  };
}

function lazyPrompts(options: { assumeYes: boolean; interactive: boolean }): Context['prompts'] {
  const load = async () => (await import('./output/prompts.ts')).createPrompts(options);
  return {
    text: async (question) => (await load()).text(question),
    choose: async (question) => (await load()).choose(question),
    confirm: async (question) => (await load()).confirm(question),
  };
}

/** The file that starts this program again: `bin/fintech.js`, from the bundle and from the source. */
function programEntry(): string {
  return fileURLToPath(new URL('../bin/fintech.js', import.meta.url));
}

/** The first signal asks for an orderly end, the second one ends at once. */
function listenForSignals(): { signal: AbortSignal; exitCode: () => number | undefined } {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  let exitCode: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (exitCode !== undefined) process.exit(exitCode);
      exitCode = codes[name];
      controller.abort(
        new FintechError('INTERRUPTED', 'what had been started was stopped', {
          hint: 'Run it again when you are ready.',
        }),
      );
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
