import type { Outcome } from '../kernel/reporter.ts';
import { formatDuration } from '../kernel/time.ts';
import type { HistoryModel } from '../model/history-models.ts';
import type { Show } from '../model/verify-report.ts';
import { readHistory } from '../verify/history/read-history.ts';
import { SEARCH_ROOM } from '../verify/history/search.ts';
import { checksFor, verifyHistory as judge } from '../verify/history/verify-history.ts';
import type { Rendering } from '../verify/report/human.ts';
import { fileBytes } from '../verify/source/files.ts';
import { refuseSharedFiles, type ReportTarget } from './report-files.ts';
import type { Context } from './context.ts';
import { shellWord } from './verify-command.ts';
import { outcomeOf } from './verify-outcome.ts';
import { cardsOf, type ReportFormat, Verification, writeVerifyReports } from './verify-reports.ts';

export interface VerifyHistoryInput {
  /** A file, or `-` for standard input. */
  file: string;
  model: HistoryModel;
  /** What a bank holds in all; undefined: what its first read says. */
  total: bigint | undefined;
  /** How long the search for an order may take. */
  timeoutMs: number;
  allowEmpty: boolean;
  show: Show;
  maxFindings: number;
  reporters: readonly ReportTarget<ReportFormat>[];
}

/**
 * Judges what concurrent clients saw.
 * @throws FintechError VERIFY_SOURCE, USAGE_INVALID
 */
export async function verifyHistory(
  context: Context,
  input: VerifyHistoryInput,
): Promise<Outcome<Verification>> {
  refuseSharedFiles(context, input.reporters);
  const { reporter, signal } = context;
  const step = reporter.step(`verify the history ${input.file}`);
  try {
    const history = await readHistory(input.file, await fileBytes(input.file, context), { signal });
    step.update(`${history.operations.length} calls`);
    const report = await judge(history, {
      ...input,
      file: input.file === '-' ? undefined : input.file,
      timeout: timeoutOf(context, input),
      room: SEARCH_ROOM,
      signal,
      reproduce: commandOf(input),
    });
    step.succeed(`${history.operations.length} calls`);
    const verification = new Verification(
      {
        report,
        sources: [input.file],
        leftOut: [],
        ...shownOf(input),
        cards: cardsOf(checksFor(input.model)),
        version: context.version,
      },
      input.reporters,
    );
    await writeVerifyReports(context, verification, input.reporters);
    return outcomeOf(verification);
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** What identifies a call is none of what identifies an event. */
function shownOf({ model, show }: VerifyHistoryInput): Pick<Rendering, 'reads' | 'show'> {
  const keys = ['process', 'f', 'key'];
  const reads = checksFor(model).map(({ id, reads }): [string, readonly string[]] => [
    id,
    show === 'keys' ? keys : reads,
  ]);
  return { reads: new Map(reads), show: show === 'keys' ? 'fields' : show };
}

function timeoutOf({ clock }: Context, { timeoutMs }: VerifyHistoryInput) {
  const endMs = clock.monotonicMs() + timeoutMs;
  return { text: formatDuration(timeoutMs), isOver: () => clock.monotonicMs() >= endMs };
}

function commandOf({ file, model, total }: VerifyHistoryInput): string {
  const more = total === undefined ? '' : ` --total ${total}`;
  const command = `fintech verify --history ${shellWord(/^-./.test(file) ? `./${file}` : file)} --model ${model}${more}`;
  return file === '-' ? `… | ${command}` : command;
}
