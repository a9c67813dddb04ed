import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { HOLES, type MatrixReport } from '../model/matrix-report.ts';
import type { Style } from '../model/style.ts';
import type { MatrixRendering } from '../runtime/identity/public.ts';
import { type ReportTarget, shownReports } from './report-files.ts';

export type MatrixReportFormat = 'human' | 'json' | 'junit' | 'markdown' | 'sarif';

interface Writers {
  reporters: readonly ReportTarget<MatrixReportFormat>[];
  version: string;
  humanReport: (rendering: MatrixRendering, style: Style) => string;
  junitReport: (rendering: MatrixRendering) => string;
  markdownReport: (rendering: MatrixRendering) => string;
  sarifReport: (rendering: MatrixRendering) => string;
}

/** What was shot: prints as its report in `--json`, and as any of the reports for people. */
export class MatrixRun {
  readonly report: MatrixReport;
  readonly #writers: Writers;

  constructor(report: MatrixReport, writers: Writers) {
    this.report = report;
    this.#writers = writers;
  }

  toJSON(): MatrixReport {
    return this.report;
  }

  text(style: Style): string {
    return shownReports(this.#writers.reporters, (format) => this.render(format, style));
  }

  render(format: MatrixReportFormat, style: Style): string {
    const { version, humanReport, junitReport, markdownReport, sarifReport } = this.#writers;
    const rendering = { report: this.report, version };
    switch (format) {
      case 'human':
        return [humanReport(rendering, style), ...this.#waysOut()].join('\n');
      case 'json':
        return JSON.stringify(this.report, null, 2);
      case 'junit':
        return junitReport(rendering);
      case 'markdown':
        return markdownReport(rendering);
      case 'sarif':
        return sarifReport(rendering);
    }
  }

  outcome(): Outcome<MatrixRun> {
    const failure = this.#failure();
    return failure === undefined ? { data: this } : { data: this, failure };
  }

  #failure(): FintechError | undefined {
    const { verdict, interrupted, targets } = this.report;
    if (interrupted === true) {
      return new FintechError('INTERRUPTED', 'not every token was sent', {
        hint: 'Run it again when you are ready.',
      });
    }
    if (verdict === 'tight') return undefined;
    const shots = targets.flatMap((target) => target.shots);
    if (verdict === 'holes') {
      const holes = shots.filter(({ outcome }) => HOLES.has(outcome)).map(({ id }) => id);
      return new FintechError('TOKEN_MATRIX_HOLES', `wrong answers to ${holes.join(', ')}`, {
        hint: `Send one alone: fintech token matrix --only ${holes[0] ?? ''}`,
        details: { holes },
      });
    }
    return this.#refusesGood() ?? this.#inconclusive();
  }

  #inconclusive(): FintechError {
    const reasons = this.report.targets.flatMap(({ reason }) => reason ?? []);
    return new FintechError('TOKEN_MATRIX_INCONCLUSIVE', reasons.join(' '), {
      hint: 'Send more slowly with --rate, or leave less out.',
    });
  }

  /** A target that takes no good token cannot be judged. */
  #refusesGood(): FintechError | undefined {
    const target = this.report.targets.find(({ shots }) => shots[0]?.outcome !== 'accepted');
    if (target === undefined) return undefined;
    const { reason, issuer } = target;
    return new FintechError('TOKEN_TARGET_REFUSES_GOOD', reason ?? '', { hint: WAYS_OUT[issuer] });
  }

  #waysOut(): string[] {
    const hint = this.report.verdict === 'inconclusive' ? this.#refusesGood()?.hint : undefined;
    return hint === undefined ? [] : [hint];
  }
}

const WAYS_OUT = {
  ours: 'Either make the API trust this project (`fintech keys export` prints its keys; issuer, audience and scope must fit), or hand over a token it trusts: --good-token, --token-command or --issuer.',
  foreign:
    'Either hand over a token that the API accepts now (fresh, for its audience, with the scope), or leave it out and make the API trust this project (`fintech keys export`). If its answer means that the token was fine, say so with --accept.',
} as const;
