import { xmlAttribute, xmlText } from '../../kernel/xml-text.ts';
import type { CheckReport, Finding, Report } from '../../model/verify-report.ts';
import { notChecked, type Rendering, summary } from './human.ts';
import { shownPart } from './show.ts';

/** One test case per check: a failure holds its findings, an inconclusive check is skipped. */
export function junitReport(rendering: Rendering): string {
  const { checks } = rendering.report;
  const count = (verdict: CheckReport['verdict']) =>
    checks.filter((check) => check.verdict === verdict).length;
  const totals = `tests="${checks.length}" failures="${count('inconsistent')}" errors="0" skipped="${count('inconclusive')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="fintech verify" ${totals}>`,
    `  <testsuite name=${xmlAttribute(rendering.sources.join(', '))} ${totals}>`,
    ...checks.map((check) => testCase(check, rendering)),
    `    <system-out>${xmlText(`${rendering.report.verdict}: ${summary(rendering)}\n${notChecked(rendering)}`)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(check: CheckReport, rendering: Rendering): string {
  const [area = '', name = ''] = check.id.split('/');
  const head = `    <testcase classname=${xmlAttribute(area)} name=${xmlAttribute(name)}`;
  if (check.verdict === 'consistent') return `${head}/>`;
  return `${head}>\n      ${outcome(check, rendering)}\n    </testcase>`;
}

function outcome(check: CheckReport, rendering: Rendering): string {
  if (check.verdict === 'inconclusive')
    return `<skipped message=${xmlAttribute(check.reason ?? '')}/>`;
  const findings = findingsOf(rendering.report, check);
  const message = `${check.found} found; first: ${findings[0]?.message ?? ''}`;
  const body = findings.map((finding) => findingText(finding, rendering)).join('\n\n');
  return `<failure type=${xmlAttribute(check.id)} message=${xmlAttribute(message)}>${xmlText(body)}</failure>`;
}

function findingsOf({ findings }: Report, { id }: CheckReport): Finding[] {
  return findings.filter(({ check }) => check === id);
}

function findingText(finding: Finding, { reads, show }: Rendering): string {
  const paths = reads.get(finding.check) ?? [];
  const events = finding.events.map((event) => JSON.stringify(shownPart(event, paths, show)));
  return [finding.message, ...events, finding.reproduce].join('\n');
}
