import type { FintechError } from '../kernel/errors.ts';
import type { Step } from '../kernel/reporter.ts';
import { errorLines } from './error-lines.ts';
import type { Presentation, ProgramReporter, ReporterOptions } from './reporter.ts';
import { writeData, writeResult } from './sink.ts';

/** Text for people: results on stdout, all else on stderr. */
export function createHumanReporter(options: ReporterOptions): ProgramReporter {
  const { live } = options;
  const style = options.styles.stderr;
  const line = live?.print ?? options.stderr.tell;
  const failure = async (_command: string, error: FintechError) => {
    live?.end();
    await options.stderr.write(errorLines(error, options));
  };
  return {
    step: (title) => {
      if (options.quiet) return plainStep(title, () => {});
      return live?.step(title) ?? plainStep(title, line);
    },
    note: (message) => {
      if (!options.quiet) line(message);
    },
    detail: (message) => {
      if (options.verbose) line(style.dim(message));
    },
    warn: (message) => line(`${style.warn('warning:')} ${message}`),
    write: async (chunk) => {
      live?.end();
      await writeData(options.stdout, chunk);
    },
    async result<Data>({ command, outcome, ...shown }: Presentation<Data>): Promise<void> {
      live?.end();
      const text = shown.present(outcome.data, options.styles.stdout);
      if (text !== undefined) {
        await writeResult(options.stdout, text.endsWith('\n') ? text : `${text}\n`);
      }
      // Who pressed Ctrl-C knows.
      if (outcome.failure === undefined || outcome.failure.code === 'INTERRUPTED') return;
      if (!shown.explained) await failure(command, outcome.failure);
    },
    failure,
  };
}

function plainStep(title: string, line: (text: string) => void): Step {
  const say = (mark: string, detail: string | undefined) =>
    line(detail === undefined ? `${mark} ${title}` : `${mark} ${title}: ${detail}`);
  return {
    update: () => {},
    succeed: (detail) => say('ok', detail),
    fail: (detail) => say('failed', detail),
  };
}
