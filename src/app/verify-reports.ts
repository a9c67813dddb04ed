import { appendFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Style } from '../model/style.ts';
import type { Report } from '../model/verify-report.ts';
import type { CheckCard } from '../verify/contract.ts';
import { githubReport } from '../verify/report/github.ts';
import { humanReport, notChecked, type Rendering, summary } from '../verify/report/human.ts';
import { junitReport } from '../verify/report/junit.ts';
import { markdownReport } from '../verify/report/markdown.ts';
import { sarifReport } from '../verify/report/sarif.ts';
import type { Context } from './context.ts';

export type ReportFormat = 'human' | 'json' | 'junit' | 'sarif' | 'github' | 'markdown';

export interface ReportTarget {
  format: ReportFormat;
  /** Undefined: stdout. */
  file: string | undefined;
}

/** What was verified: prints as its report in `--json`, and as any of the reports for people. */
export class Verification {
  readonly #rendering: Rendering;
  readonly #reporters: readonly ReportTarget[];

  constructor(rendering: Rendering, reporters: readonly ReportTarget[]) {
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
    const formats = this.#reporters.filter(({ file }) => file === undefined);
    if (formats.length === 0) return this.render('human', style);
    return formats.map(({ format }) => this.render(format, style)).join('\n');
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

/** Two reports in one file would leave one of them. */
export function refuseSharedFiles({ cwd }: Context, reporters: readonly ReportTarget[]): void {
  const seen = new Set<string>();
  for (const { file } of reporters) {
    if (file === undefined) continue;
    const path = resolve(cwd, file);
    if (seen.has(path)) {
      throw new FintechError('USAGE_INVALID', `two reports would be written to ${file}`, {
        hint: 'Give each --reporter a file of its own.',
      });
    }
    seen.add(path);
  }
}

/**
 * Writes the reports that have a file, and with `github` the summary of the step it runs in.
 * @throws FintechError USAGE_INVALID when one cannot be written
 */
export async function writeReports(
  { cwd, environment }: Context,
  verification: Verification,
  reporters: readonly ReportTarget[],
): Promise<void> {
  for (const { format, file } of reporters) {
    if (file === undefined) continue;
    const text = verification.render(format, PLAIN);
    await writeFile(resolve(cwd, file), text.endsWith('\n') ? text : `${text}\n`).catch(
      (error: unknown) => refuse(`cannot write the report ${file}`, error),
    );
  }
  const summary = environment['GITHUB_STEP_SUMMARY'] ?? '';
  if (summary === '' || !reporters.some(({ format }) => format === 'github')) return;
  await appendFile(summary, verification.render('markdown', PLAIN)).catch((error: unknown) =>
    refuse(`cannot append to GITHUB_STEP_SUMMARY, ${summary}`, error),
  );
}

function refuse(what: string, error: unknown): never {
  throw new FintechError('USAGE_INVALID', `${what}: ${messageOf(error)}`, {
    hint: 'Name a file in a folder that exists and may be written.',
    cause: error,
  });
}

const same = (text: string): string => text;
const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, warn: same };
