import { printable } from '../../kernel/printable.ts';
import type { CheckReport, Finding } from '../../model/verify-report.ts';
import { counted } from '../naming.ts';
import { notChecked, type Rendering, summary } from './human.ts';
import { shownPart } from './show.ts';

/** A comment on GitHub takes 65,536 characters; findings that would pass this are only counted. */
const MAX_LENGTH = 60_000;
/** Of one event; a finding must fit whatever its events hold. */
const MAX_EVENT_LENGTH = 4_000;

/** For a pull request or the summary of a job. */
export function markdownReport(rendering: Rendering): string {
  const { verdict, checks, findings } = rendering.report;
  const head = [
    `## fintech verify: ${verdict}`,
    sentence(summary(rendering)),
    [
      '| check | verdict | found | checked | skipped |',
      '| --- | --- | --: | --: | --: |',
      ...checks.map(row),
    ].join('\n'),
  ];
  const foot = sentence(notChecked(rendering));
  const sections: string[] = [];
  let left = MAX_LENGTH - [...head, foot].join('\n\n').length;
  for (const finding of findings) {
    const section = sectionOf(finding, rendering);
    left -= section.length + 2;
    if (left < 0) break;
    sections.push(section);
  }
  const more = findings.length - sections.length;
  if (more > 0)
    sections.push(`${counted(more, 'findings')} more, for which there is no room here.`);
  return `${[...head, ...sections, foot].join('\n\n')}\n`;
}

function row({ id, verdict, found, checked, skipped }: CheckReport): string {
  return `| \`${id}\` | ${verdict} | ${found} | ${checked} | ${skipped} |`;
}

function sectionOf(finding: Finding, { reads, show }: Rendering): string {
  const paths = reads.get(finding.check) ?? [];
  const events = finding.events.map((event) =>
    cut(printable(JSON.stringify(shownPart(event, paths, show)))),
  );
  const where = finding.location === undefined ? '' : `, ${placeOf(finding.location)}`;
  return [
    `### ${finding.check} (${finding.severity}${where})`,
    sentence(finding.message),
    ...(events.length === 0 ? [] : [fenced(events.join('\n'), 'json')]),
    fenced(printable(finding.reproduce), 'sh'),
  ].join('\n\n');
}

function placeOf({ file, line }: NonNullable<Finding['location']>): string {
  return sentence(line === undefined ? file : `${file}:${line}`);
}

function cut(text: string): string {
  return text.length > MAX_EVENT_LENGTH ? `${text.slice(0, MAX_EVENT_LENGTH)}…` : text;
}

/** Outside text as itself: no markup, no link, and nobody is notified. */
function sentence(text: string): string {
  return printable(cut(text))
    .replaceAll(/[\\`*_[\]<>|#~!&]/g, (character) => `\\${character}`)
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':&#47;/');
}

/** With a fence that is longer than any in it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
