import { hash } from 'node:crypto';
import { sarifLog } from '../../../../kernel/sarif.ts';
import type { ShotReport, TargetReport } from '../../../../model/matrix-report.ts';
import { holesOf, type MatrixRendering, nameOf, summaryOf } from '../shown.ts';

/** SARIF 2.1.0: a rule for each defect that was shot, a result for each hole. */
export function sarifReport({ report, version }: MatrixRendering): string {
  const shots = report.targets.flatMap((target) => target.shots);
  const rules = [...new Map(shots.map((shot) => [shot.id, shot])).values()];
  const ids = rules.map(({ id }) => id);
  return sarifLog({
    version,
    rules: rules.map(ruleOf),
    isWhole: report.interrupted !== true,
    unchecked: report.targets.flatMap(uncheckedOf),
    results: report.targets.flatMap((target) =>
      holesOf(target).map((shot) => resultOf(shot, target, ids.indexOf(shot.id))),
    ),
    properties: { verdict: report.verdict, targets: report.targets.map(summaryOf) },
  });
}

function ruleOf({ id, class: row, title, sources }: ShotReport) {
  const text = `${title}. ${sources.join(', ')}`;
  return {
    id,
    name: id,
    shortDescription: { text: `${title}.` },
    help: { text },
    properties: { class: row, tags: ['security', row] },
  };
}

function uncheckedOf(target: TargetReport): { id: string; text: string }[] {
  const open = target.shots
    .filter(({ outcome }) => outcome === 'not-run' || outcome === 'not-judged')
    .map(({ id, explanation }) => ({ id, text: `${nameOf(target)}: ${explanation}` }));
  if (target.reason === null) return open;
  return [{ id: 'good', text: `${nameOf(target)}: ${target.reason}` }, ...open];
}

function resultOf(shot: ShotReport, target: TargetReport, ruleIndex: number) {
  const { id, severity, outcome, title, explanation, expected, answer } = shot;
  const key = [target.name ?? '', target.method, target.url, id, outcome].join('\n');
  return {
    ruleId: id,
    ruleIndex,
    level: severity === 'critical' ? 'error' : 'warning',
    message: { text: `${nameOf(target)}. Sent: ${title}. ${explanation}` },
    locations: [locationOf(target)],
    partialFingerprints: { 'targetAndDefect/v1': hash('sha256', key, 'hex') },
    properties: { severity, outcome, expected, answer },
  };
}

/** GitHub shows only what has a place in a file: that of a target with a name is `fintech.yaml`. */
function locationOf(target: TargetReport) {
  const logicalLocations = [{ fullyQualifiedName: nameOf(target), kind: 'resource' }];
  if (target.name === null) return { logicalLocations };
  return { logicalLocations, physicalLocation: { artifactLocation: { uri: 'fintech.yaml' } } };
}
