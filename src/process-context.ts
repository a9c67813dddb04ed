import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import type { Context } from './app/context.ts';
import type { GlobalFlags } from './commands/program.ts';
import { systemRandom } from './kernel/random.ts';
import type { Reporter } from './kernel/reporter.ts';
import { systemClock } from './kernel/time.ts';

/** This process as a context: its environment, clock and streams. */
export function createContext(options: {
  flags: GlobalFlags;
  reporter: Reporter;
  signal: AbortSignal;
}): Context {
  const { flags, reporter, signal } = options;
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
