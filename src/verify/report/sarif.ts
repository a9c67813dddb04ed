import { pathToFileURL } from 'node:url';
import type { CheckReport, Finding, Severity } from '../../model/verify-report.ts';
import type { CheckCard } from '../contract.ts';
import { explainCheck } from './explain.ts';
import { notChecked, type Rendering, summary } from './human.ts';
import { shownPart } from './show.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS: Readonly<Record<Severity, 'error' | 'warning'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
};

/** SARIF 2.1.0: a rule for each check that was made, a result for each finding. */
export function sarifReport(rendering: Rendering): string {
  const { report, cards, version } = rendering;
  const made = report.checks.map(({ id }) => id);
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'fintech',
            semanticVersion: version,
            rules: made.map((id) => ruleOf(id, cards.get(id))),
          },
        },
        invocations: [
          {
            executionSuccessful: report.interrupted !== true,
            toolExecutionNotifications: report.checks.flatMap(notificationOf),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) =>
          resultOf(finding, { ruleIndex: made.indexOf(finding.check), rendering }),
        ),
        properties: {
          verdict: report.verdict,
          summary: summary(rendering),
          notChecked: notChecked(rendering),
        },
      },
    ],
  };
  return JSON.stringify(log, null, 2);
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

/** What could not be checked is told too: a report without results must not look green. */
function notificationOf({ id, verdict, reason }: CheckReport) {
  if (verdict !== 'inconclusive') return [];
  return [
    {
      level: 'warning',
      descriptor: { id },
      message: { text: `${id} is inconclusive: ${reason ?? 'nothing was there to check'}` },
    },
  ];
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
