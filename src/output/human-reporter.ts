import type { FintechError } from '../kernel/errors.ts';
import type { Step } from '../kernel/reporter.ts';
import {
  type Presentation,
  type ProgramReporter,
  type ReporterOptions,
  writeData,
} from './reporter.ts';

/** Text for people: results on stdout, all else on stderr. */
export function createHumanReporter(options: ReporterOptions): ProgramReporter {
  const { live } = options;
  const style = options.styles.stderr;
  const line = (text: string) => {
    if (live === undefined) void options.stderr.write(`${text}\n`);
    else live.print(text);
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
    async result<Data>({ outcome, present }: Presentation<Data>): Promise<void> {
      live?.end();
      const text = present(outcome.data, options.styles.stdout);
      if (text !== undefined) await options.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    async failure(_command: string, error: FintechError): Promise<void> {
      live?.end();
      await options.stderr.write(`${errorLines(error, options).join('\n')}\n`);
    },
  };
}

/** Three lines: what failed [CODE], why, what to do next. */
function errorLines(error: FintechError, { styles, verbose }: ReporterOptions): string[] {
  const { bad, dim } = styles.stderr;
  const next = error.hint ?? `Read about ${error.code} in docs/errors.md.`;
  const cause = verbose && error.cause instanceof Error ? [dim(error.cause.stack ?? '')] : [];
  return [
    `${bad('error:')} ${error.title} ${dim(`[${error.code}]`)}`,
    ...error.message.split('\n').map((line) => `  ${line}`),
    `  next: ${next}`,
    ...cause,
  ];
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
