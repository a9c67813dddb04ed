import { pathToFileURL } from 'node:url';
import { sarifLog } from '../../kernel/sarif.ts';
import type { CheckReport, Finding, Severity } from '../../model/verify-report.ts';
import type { CheckCard } from '../contract.ts';
import { explainCheck } from './explain.ts';
import { notChecked, type Rendering, summary } from './human.ts';
import { shownPart } from './show.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
};

/** SARIF 2.1.0: a rule for each check that was made, a result for each finding. */
export function sarifReport(rendering: Rendering): string {
  const { report, cards, version } = rendering;
  const made = report.checks.map(({ id }) => id);
  return sarifLog({
    version,
    rules: made.map((id) => ruleOf(id, cards.get(id))),
    isWhole: report.interrupted !== true,
    unchecked: report.checks.flatMap(uncheckedOf),
    results: report.findings.map((finding) =>
      resultOf(finding, { ruleIndex: made.indexOf(finding.check), rendering }),
    ),
    properties: {
      verdict: report.verdict,
      summary: summary(rendering),
      notChecked: notChecked(rendering),
    },
  });
}

function ruleOf(id: string, card: CheckCard | undefined) {
  if (card === undefined) return { id };
  const markdown = explainCheck(card);
  return {
    id,
    name: id,
    shortDescription: { text: `${card.title}.` },
    fullDescription: { text: card.about.proves },
    help: { text: markdown, markdown },
    defaultConfiguration: { level: LEVELS[card.severity] },
    properties: { severity: card.severity, tags: [id.split('/')[0]] },
  };
}

function uncheckedOf({ id, verdict, reason }: CheckReport) {
  if (verdict !== 'inconclusive') return [];
  return [{ id, text: `${id} is inconclusive: ${reason ?? 'nothing was there to check'}` }];
}

function resultOf(
  finding: Finding,
  { ruleIndex, rendering }: { ruleIndex: number; rendering: Rendering },
) {
  const { check, severity, message, location, digest, positions, expected, actual } = finding;
  const paths = rendering.reads.get(check) ?? [];
  return {
    ruleId: check,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    ...(location !== undefined && { locations: [{ physicalLocation: physical(location) }] }),
    ...(digest !== null && { partialFingerprints: { 'businessKeys/v1': digest } }),
    properties: {
      severity,
      positions,
      expected,
      actual,
      events: finding.events.map((event) => shownPart(event, paths, rendering.show)),
      reproduce: finding.reproduce,
    },
  };
}

function physical({ file, line }: NonNullable<Finding['location']>) {
  const uri = file.startsWith('/')
    ? pathToFileURL(file).href
    : file.split('/').map(encodeURIComponent).join('/');
  return {
    artifactLocation: { uri },
    ...(line !== undefined && { region: { startLine: line } }),
  };
}
