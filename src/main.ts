import { getEventListeners } from 'node:events';
import { CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { GlobalFlags } from './commands/global-flags.ts';
import { type Call, createProgram, usageErrorOf } from './commands/program.ts';
import { FintechError, messageOf } from './kernel/errors.ts';
import type { ProgramReporter } from './output/reporter.ts';

const INTERRUPTED = 130;
/** What an interrupted verb may take to stop what it started, before it is as if it was told twice. */
const GRACE_MS = 15_000;
/** What a second signal leaves to who ends things at once. */
const FORCE_MS = 5000;

/** Runs the program once over this process's arguments and streams, and sets its exit code. */
export async function main(): Promise<void> {
  const interruption = listenForSignals();
  const help: string[] = [];
  let path = '';
  let reporter: ProgramReporter | undefined;
  const program = createProgram(manifest.version, {
    recognise: (words) => (path = words),
    explain: (text) => help.push(text),
    execute: async (call) => {
      if (call.verb.leavesSignals === true) interruption.release();
      const flags = call.command.optsWithGlobals<GlobalFlags>();
      reporter = await createReporter(flags);
      const { signal, forced } = interruption;
      const exitCode = await run(call, { flags, reporter, signal, forced });
      process.exitCode =
        exitCode === INTERRUPTED ? (interruption.exitCode() ?? exitCode) : exitCode;
    },
  });
  try {
    await program.parseAsync(process.argv).catch(endOfHelp);
    if (help.length > 0) await printHelp(help.join(''));
  } catch (error) {
    const failure = failureOf(error, interruption.signal);
    if (failure === undefined) return;
    process.exitCode = interruption.exitCode() ?? failure.exitCode;
    reporter ??= await createReporter(sniffFlags(process.argv));
    await reporter.failure(path, failure);
  }
}

interface Surroundings {
  flags: GlobalFlags;
  reporter: ProgramReporter;
  signal: AbortSignal;
  forced: AbortSignal;
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
    explained: verb.explainsFailure === true,
  });
  return outcome.childExitCode ?? outcome.failure?.exitCode ?? 0;
}

/** Commander throws when it has explained what it was asked to. */
function endOfHelp(error: unknown): void {
  if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
}

async function printHelp(text: string): Promise<void> {
  const { sinkOf, writeResult } = await import('./output/sink.ts');
  await writeResult(sinkOf(process.stdout), text);
}

/** A FintechError stays as it is; a reader that went away is no failure; all else is our fault. */
function failureOf(error: unknown, signal: AbortSignal): FintechError | undefined {
  if (error instanceof Error && error.name === 'ReaderGoneError') return undefined;
  if (error instanceof CommanderError) return usageErrorOf(error);
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

interface Interruption {
  signal: AbortSignal;
  /** Aborted by a second signal. */
  forced: AbortSignal;
  /** Undefined until a signal came. */
  exitCode: () => number | undefined;
  /** Leaves signals alone from now on. */
  release: () => void;
}

/**
 * The first signal asks for an orderly end and waits so long. The second one ends at once, or has
 * those who listen to `forced` end at once what runs outside of this process.
 */
function listenForSignals(): Interruption {
  const controller = new AbortController();
  const force = new AbortController();
  const codes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const names = Object.keys(codes);
  let exitCode: number | undefined;
  const release = () => {
    for (const name of names) process.off(name, listener);
  };
  const endNow = (name: NodeJS.Signals) => {
    release();
    // Not `process.exit`: that waits for a read that blocks.
    process.kill(process.pid, name);
  };
  const insist = (name: NodeJS.Signals) => {
    const isHeard = getEventListeners(force.signal, 'abort').length > 0;
    if (!isHeard) return endNow(name);
    setTimeout(endNow, FORCE_MS, name).unref();
    force.abort();
  };
  function listener(name: NodeJS.Signals): void {
    if (exitCode !== undefined) return insist(name);
    exitCode = codes[name];
    setTimeout(insist, GRACE_MS, name).unref();
    controller.abort(new FintechError('INTERRUPTED', 'interrupted'));
  }
  for (const name of names) process.on(name, listener);
  return { signal: controller.signal, forced: force.signal, exitCode: () => exitCode, release };
}

/** Flags of a command line that could not be parsed: enough to report that in the wanted form. */
function sniffFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--');
  const seen = new Set(end === -1 ? argv : argv.slice(0, end));
  return { color: 'auto', input: true, ...(seen.has('--json') ? { json: true as const } : {}) };
}
