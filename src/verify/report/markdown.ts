import { cutForMarkdown, markdownText, withinComment } from '../../kernel/markdown-text.ts';
import { printable } from '../../kernel/printable.ts';
import type { CheckReport, Finding } from '../../model/verify-report.ts';
import { counted } from '../../kernel/counted.ts';
import { notChecked, type Rendering, summary } from './human.ts';
import { shownPart } from './show.ts';

/** For a pull request or the summary of a job. */
export function markdownReport(rendering: Rendering): string {
  const { verdict, checks, findings } = rendering.report;
  const head = [
    `## fintech verify: ${verdict}`,
    markdownText(summary(rendering)),
    [
      '| check | verdict | found | checked | skipped |',
      '| --- | --- | --: | --: | --: |',
      ...checks.map(row),
    ].join('\n'),
  ];
  const foot = markdownText(notChecked(rendering));
  const sections = findings.map((finding) => sectionOf(finding, rendering));
  return withinComment(
    { head, sections, foot },
    (left) => `${counted(left, 'findings')} more, for which there is no room here.`,
  );
}

function row({ id, verdict, found, checked, skipped }: CheckReport): string {
  return `| \`${id}\` | ${verdict} | ${found} | ${checked} | ${skipped} |`;
}

function sectionOf(finding: Finding, { reads, show }: Rendering): string {
  const paths = reads.get(finding.check) ?? [];
  const events = finding.events.map((event) =>
    cutForMarkdown(printable(JSON.stringify(shownPart(event, paths, show)))),
  );
  const where = finding.location === undefined ? '' : `, ${placeOf(finding.location)}`;
  return [
    `### ${finding.check} (${finding.severity}${where})`,
    markdownText(finding.message),
    ...(events.length === 0 ? [] : [fenced(events.join('\n'), 'json')]),
    fenced(printable(finding.reproduce), 'sh'),
  ].join('\n\n');
}

function placeOf({ file, line }: NonNullable<Finding['location']>): string {
  return markdownText(line === undefined ? file : `${file}:${line}`);
}

/** With a fence that is longer than any in it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
