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
    `  <testsuite name=${attribute(rendering.sources.join(', '))} ${totals}>`,
    ...checks.map((check) => testCase(check, rendering)),
    `    <system-out>${escaped(`${rendering.report.verdict}: ${summary(rendering)}\n${notChecked(rendering)}`)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(check: CheckReport, rendering: Rendering): string {
  const [area = '', name = ''] = check.id.split('/');
  const head = `    <testcase classname=${attribute(area)} name=${attribute(name)}`;
  if (check.verdict === 'consistent') return `${head}/>`;
  return `${head}>\n      ${outcome(check, rendering)}\n    </testcase>`;
}

function outcome(check: CheckReport, rendering: Rendering): string {
  if (check.verdict === 'inconclusive')
    return `<skipped message=${attribute(check.reason ?? '')}/>`;
  const findings = findingsOf(rendering.report, check);
  const message = `${check.found} found; first: ${findings[0]?.message ?? ''}`;
  const body = findings.map((finding) => findingText(finding, rendering)).join('\n\n');
  return `<failure type=${attribute(check.id)} message=${attribute(message)}>${escaped(body)}</failure>`;
}

function findingsOf({ findings }: Report, { id }: CheckReport): Finding[] {
  return findings.filter(({ check }) => check === id);
}

function findingText(finding: Finding, { reads, show }: Rendering): string {
  const paths = reads.get(finding.check) ?? [];
  const events = finding.events.map((event) => JSON.stringify(shownPart(event, paths, show)));
  return [finding.message, ...events, finding.reproduce].join('\n');
}

function attribute(text: string): string {
  return `"${escaped(text)}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 §2.2 has no way to write some characters at all; they become U+FFFD. */
function escaped(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- XML forbids exactly these
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '\ufffd')
      .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
  );
}
