import { appendFile } from 'node:fs/promises';
import type { Style } from '../model/style.ts';
import type { Report } from '../model/verify-report.ts';
import type { CheckCard } from '../verify/contract.ts';
import { githubReport } from '../verify/report/github.ts';
import { humanReport, notChecked, type Rendering, summary } from '../verify/report/human.ts';
import { junitReport } from '../verify/report/junit.ts';
import { markdownReport } from '../verify/report/markdown.ts';
import { sarifReport } from '../verify/report/sarif.ts';
import type { Context } from './context.ts';
import {
  PLAIN,
  refuseFile,
  type ReportTarget,
  shownReports,
  writeReports,
} from './report-files.ts';

export type ReportFormat = 'human' | 'json' | 'junit' | 'sarif' | 'github' | 'markdown';

/** What was verified: prints as its report in `--json`, and as any of the reports for people. */
export class Verification {
  readonly #rendering: Rendering;
  readonly #reporters: readonly ReportTarget<ReportFormat>[];

  constructor(rendering: Rendering, reporters: readonly ReportTarget<ReportFormat>[]) {
    this.#rendering = rendering;
    this.#reporters = reporters;
  }

  get report(): Report {
    return this.#rendering.report;
  }

  toJSON(): Report {
    return this.report;
  }

  /** What goes to stdout: the reporters without a file, the human one where there are none. */
  text(style: Style): string {
    return shownReports(this.#reporters, (format) => this.render(format, style));
  }

  render(format: ReportFormat, style: Style): string {
    switch (format) {
      case 'human':
        return humanReport(this.#rendering, style);
      case 'junit':
        return junitReport(this.#rendering);
      case 'json':
        return JSON.stringify(this.report, null, 2);
      case 'sarif':
        return sarifReport(this.#rendering);
      case 'github':
        return githubReport(this.#rendering);
      case 'markdown':
        return markdownReport(this.#rendering);
    }
  }

  /** One sentence for an error. */
  get sentence(): string {
    return `${this.report.verdict}: ${summary(this.#rendering)}`;
  }

  get notChecked(): string {
    return notChecked(this.#rendering);
  }
}

export function cardsOf(checks: readonly CheckCard[]): ReadonlyMap<string, CheckCard> {
  return new Map(checks.map((check) => [check.id, check]));
}

/** Writes the reports that have a file, and with `github` the summary of the step it runs in. */
export async function writeVerifyReports(
  context: Context,
  verification: Verification,
  reporters: readonly ReportTarget<ReportFormat>[],
): Promise<void> {
  await writeReports(context, reporters, (format) => verification.render(format, PLAIN));
  const { GITHUB_STEP_SUMMARY: summaryFile = '' } = context.environment;
  if (summaryFile === '' || !reporters.some(({ format }) => format === 'github')) return;
  await appendFile(summaryFile, verification.render('markdown', PLAIN)).catch((error: unknown) =>
    refuseFile(`cannot append to GITHUB_STEP_SUMMARY, ${summaryFile}`, error),
  );
}
