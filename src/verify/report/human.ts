import type { Style } from '../../model/style.ts';
import type { CheckCard } from '../contract.ts';
import { counted } from '../../kernel/counted.ts';
import type { CheckReport, Finding, Report, Show, Verdict } from '../../model/verify-report.ts';
import { printable } from '../../kernel/printable.ts';
import { shownPart } from './show.ts';

/** What every report for people is made from. */
export interface Rendering {
  report: Report;
  /** What was read, as the user named it. */
  sources: readonly string[];
  /** Ids of checks that were not asked for. */
  leftOut: readonly string[];
  /** Paths that each check reads. */
  reads: ReadonlyMap<string, readonly string[]>;
  show: Show;
  /** Checks in words. */
  cards: ReadonlyMap<string, CheckCard>;
  /** Of fintech. */
  version: string;
}

const VERDICT_WIDTH = 'inconsistent'.length;

/** One line per check with its counts, then the findings, then what a pass would mean. */
export function humanReport(rendering: Rendering, style: Style): string {
  const { report } = rendering;
  const width = Math.max(0, ...report.checks.map(({ id }) => id.length));
  const paint = (verdict: Verdict): ((text: string) => string) =>
    ({ consistent: style.good, inconsistent: style.bad, inconclusive: style.warn })[verdict];
  const checks = report.checks.map(
    (check) =>
      `${paint(check.verdict)(check.verdict.padEnd(VERDICT_WIDTH))}  ${check.id.padEnd(width)}  ${countsOf(check)}`,
  );
  const findings = report.findings.map((finding) => findingText(finding, rendering, style));
  const verdict = paint(report.verdict)(report.verdict);
  const partial =
    report.interrupted === true
      ? [style.warn('Interrupted: this is no more than a part of the log.')]
      : [];
  return [
    ...checks,
    '',
    ...findings,
    ...partial,
    `${verdict}: ${summary(rendering)}`,
    notChecked(rendering),
  ].join('\n');
}

function countsOf({ checked, skipped, reason, found, accepted = 0 }: CheckReport): string {
  const parts = [`checked ${checked}`];
  if (skipped > 0) parts.push(`skipped ${skipped} because ${printable(reason ?? '')}`);
  else if (reason !== null) parts.push(reason);
  if (accepted > 0) parts.unshift(`${counted(accepted, 'findings')} accepted`);
  if (found > 0) parts.unshift(counted(found, 'findings'));
  return parts.join(', ');
}

function findingText(finding: Finding, { reads, show }: Rendering, style: Style): string {
  const paths = reads.get(finding.check) ?? [];
  return [
    `${style.bad(finding.severity)} ${style.bold(finding.check)}`,
    `  ${printable(finding.message)}`,
    ...finding.events.map(
      (event) => `  ${style.dim(printable(JSON.stringify(shownPart(event, paths, show))))}`,
    ),
    `  ${printable(finding.reproduce)}`,
    '',
  ].join('\n');
}

/** `12 checks over 1240 events of log.ndjson`. */
export function summary({ report, sources }: Rendering): string {
  const found = report.checks.reduce((sum, check) => sum + check.found, 0);
  const over = `${counted(report.checks.length, 'checks')} over ${counted(report.events, 'events')} of ${printable(sources.join(', '))}`;
  const listed = report.findings.length;
  const accepted = report.checks.reduce((sum, check) => sum + (check.accepted ?? 0), 0);
  const known = accepted === 0 ? '' : `; ${accepted} accepted by the baseline`;
  if (found === 0) return over + known;
  return `${counted(found, 'findings')}${listed < found ? ` (${listed} shown)` : ''} by ${over}${known}`;
}

/** The last line of every report: what a pass does not cover. */
export function notChecked({ report, leftOut }: Rendering): string {
  const open = report.checks
    .filter(({ verdict, skipped }) => verdict === 'inconclusive' || skipped > 0)
    .map(
      ({ id, verdict, skipped, reason }) =>
        `${verdict === 'inconclusive' ? '' : `${skipped} of `}${id} (${reason})`,
    );
  const all = [...open, ...leftOut.map((id) => `${id} (left out)`)];
  return all.length === 0
    ? 'Nothing was left unchecked.'
    : `Not checked: ${printable(all.join(', '))}.`;
}
