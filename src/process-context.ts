import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import type { Context } from './app/context.ts';
import type { GlobalFlags } from './commands/global-flags.ts';
import { FintechError, messageOf } from './kernel/errors.ts';
import { systemRandom } from './kernel/random.ts';
import type { Reporter } from './kernel/reporter.ts';
import { systemClock } from './kernel/time.ts';
import type { createPrompts } from './output/prompts.ts';

/** This process as a context: its environment, clock and streams. */
export function createContext(options: {
  flags: GlobalFlags;
  reporter: Reporter;
  signal: AbortSignal;
  forced: AbortSignal;
}): Context {
  const { flags, reporter, signal, forced } = options;
  const { env, stdin, stderr } = process;
  const cwd = workingFolder(flags.directory ?? '.');
  const interactive = flags.input && flags.json !== true && stdin.isTTY && stderr.isTTY;
  return {
    cwd,
    configFile: flags.config === undefined ? undefined : resolve(cwd, flags.config),
    environment: env,
    homeFolder: homedir(),
    clock: systemClock,
    random: systemRandom,
    reporter,
    prompts: lazyPrompts({ assumeYes: flags.yes === true, interactive, signal }),
    stdin: interruptible(stdin, signal),
    signal,
    forced,
    self: { node: process.execPath, entry: programEntry() },
    version: manifest.version,
  };
}

/** @throws FintechError USAGE_INVALID when it is no folder, or is gone */
function workingFolder(directory: string): string {
  try {
    const folder = resolve(directory);
    if (statSync(folder).isDirectory()) return folder;
  } catch (error) {
    throw noFolder(directory, messageOf(error));
  }
  throw noFolder(directory, 'it is a file');
}

function noFolder(directory: string, why: string): FintechError {
  return new FintechError('USAGE_INVALID', `cannot work in the folder "${directory}": ${why}`, {
    hint: 'Name a folder that exists with -C, or go to one.',
  });
}

/** Whoever waits for input stops waiting when the program is interrupted. */
async function* interruptible(stdin: NodeJS.ReadStream, signal: AbortSignal): Context['stdin'] {
  yield* addAbortSignal(signal, stdin);
}

function lazyPrompts(options: Parameters<typeof createPrompts>[0]): Context['prompts'] {
  const load = async () => (await import('./output/prompts.ts')).createPrompts(options);
  return {
    interactive: options.interactive,
    text: async (question) => (await load()).text(question),
    select: async (question) => (await load()).select(question),
    choose: async (question) => (await load()).choose(question),
    confirm: async (question) => (await load()).confirm(question),
  };
}

/** The file that starts this program again: `bin/fintech.js`, from the bundle and from the source. */
function programEntry(): string {
  return fileURLToPath(new URL('../bin/fintech.js', import.meta.url));
}
