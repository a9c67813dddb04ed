import { createHumanReporter } from './human-reporter.ts';
import { createJsonReporter } from './json-reporter.ts';
import type { ProgramReporter } from './reporter.ts';
import { sinkOf } from './sink.ts';
import { type ColorChoice, styleFor, wantsColor } from './style.ts';

interface OutputFlags {
  json?: true;
  quiet?: true;
  verbose?: true;
  color: ColorChoice;
}

/** The reporter that a command line asks for, over a process's streams. */
export async function createProgramReporter(
  flags: OutputFlags,
  { stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>,
): Promise<ProgramReporter> {
  const sinks = { stdout: sinkOf(stdout), stderr: sinkOf(stderr) };
  const styles = {
    stdout: styleFor(wantsColor(flags.color, stdout, env)),
    stderr: styleFor(wantsColor(flags.color, stderr, env)),
  };
  const quiet = flags.quiet === true;
  const base = { ...sinks, styles, quiet, verbose: flags.verbose === true, live: undefined };
  if (flags.json === true) return createJsonReporter(base);
  // One without a width, as some remote shells give, would be shown nothing.
  const terminal =
    stderr.isTTY && stderr.columns > 0 && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
  if (!terminal || quiet) return createHumanReporter(base);
  const { createLiveList } = await import('./live-list.ts');
  return createHumanReporter({
    ...base,
    live: createLiveList(stderr, styles.stderr, sinks.stderr.tell),
  });
}
