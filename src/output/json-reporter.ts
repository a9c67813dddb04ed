import type { FintechError } from '../kernel/errors.ts';
import { maskTokens } from '../kernel/mask-tokens.ts';
import type { Step } from '../kernel/reporter.ts';
import { errorLines } from './error-lines.ts';
import type { Presentation, ProgramReporter, ReporterOptions } from './reporter.ts';
import { isFaulty, writeData, writeResult } from './sink.ts';

/** The one object `--json` prints; its schema is `schema/envelope.schema.json`. */
interface Envelope {
  schemaVersion: 1;
  command: string;
  ok: boolean;
  data: unknown;
  warnings: string[];
  error: null | {
    code: string;
    message: string;
    hint: string | null;
    details: Record<string, unknown>;
  };
}

const SILENT_STEP: Step = { update: () => {}, succeed: () => {}, fail: () => {} };

/** One JSON object on stdout at the end; nothing on stderr but what `--verbose` asks for. */
export function createJsonReporter(options: ReporterOptions): ProgramReporter {
  const warnings: string[] = [];
  const text = (envelope: Omit<Envelope, 'schemaVersion' | 'warnings'>) =>
    `${JSON.stringify({ schemaVersion: 1, ...envelope, warnings })}\n`;
  return {
    step: () => SILENT_STEP,
    note: () => {},
    detail: (message) => {
      if (options.verbose) options.stderr.tell(message);
    },
    warn: (message) => void warnings.push(message),
    write: (chunk) => writeData(options.stdout, chunk),
    async result<Data>({ command, outcome, streamed }: Presentation<Data>): Promise<void> {
      if (streamed && outcome.failure === undefined) return;
      const envelope = text({
        command,
        ok: outcome.failure === undefined,
        data: outcome.data ?? null,
        error: outcome.failure === undefined ? null : errorOf(outcome.failure),
      });
      await writeResult(options.stdout, envelope);
    },
    async failure(command: string, error: FintechError): Promise<void> {
      const envelope = text({ command, ok: false, data: null, error: errorOf(error) });
      await options.stdout.write(envelope);
      // A full disk must not swallow the error.
      if (isFaulty(options.stdout)) await options.stderr.write(errorLines(error, options));
    },
  };
}

function errorOf(error: FintechError): Envelope['error'] {
  const { code, message, details } = error;
  const told = { code, message, hint: error.hint ?? null, details };
  return JSON.parse(maskTokens(JSON.stringify(told))) as typeof told;
}
