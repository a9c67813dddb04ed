import type { FintechError } from '../kernel/errors.ts';
import type { Step } from '../kernel/reporter.ts';
import {
  type Presentation,
  type ProgramReporter,
  type ReporterOptions,
  writeData,
} from './reporter.ts';

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
  const print = (envelope: Omit<Envelope, 'schemaVersion' | 'warnings'>) =>
    options.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...envelope, warnings })}\n`);
  return {
    step: () => SILENT_STEP,
    note: () => {},
    detail: (message) => {
      if (options.verbose) void options.stderr.write(`${message}\n`);
    },
    warn: (message) => void warnings.push(message),
    write: (chunk) => writeData(options.stdout, chunk),
    async result<Data>({ command, outcome, streamed }: Presentation<Data>): Promise<void> {
      if (streamed && outcome.failure === undefined) return;
      await print({
        command,
        ok: outcome.failure === undefined,
        data: outcome.data ?? null,
        error: outcome.failure === undefined ? null : errorOf(outcome.failure),
      });
    },
    failure: (command, error) => print({ command, ok: false, data: null, error: errorOf(error) }),
  };
}

function errorOf(error: FintechError): Envelope['error'] {
  const { code, message, details } = error;
  return { code, message, hint: error.hint ?? null, details };
}
