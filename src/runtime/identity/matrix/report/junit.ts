import { xmlAttribute, xmlText } from '../../../../kernel/xml-text.ts';
import { HOLES, type ShotReport, type TargetReport } from '../../../../model/matrix-report.ts';
import { type MatrixRendering, nameOf, summaryOf } from '../shown.ts';

/** A suite for each target, a case for each shot; what was not run or not judged is skipped. */
export function junitReport({ report }: MatrixRendering): string {
  const shots = report.targets.flatMap((target) => target.shots);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="fintech token matrix" ${totals(shots)}>`,
    ...report.targets.flatMap(suite),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(target: TargetReport): string[] {
  const { shots, verdict, reason } = target;
  const said = [`${verdict}: ${summaryOf(target)}`, ...(reason === null ? [] : [reason])];
  return [
    `  <testsuite name=${xmlAttribute(nameOf(target))} ${totals(shots)}>`,
    ...shots.map(testCase),
    `    <system-out>${xmlText(said.join('\n'))}</system-out>`,
    '  </testsuite>',
  ];
}

const isSkipped = ({ outcome }: ShotReport) => outcome === 'not-run' || outcome === 'not-judged';
const isHole = ({ outcome }: ShotReport) => HOLES.has(outcome);

function totals(shots: readonly ShotReport[]): string {
  return `tests="${shots.length}" failures="${shots.filter(isHole).length}" errors="0" skipped="${shots.filter(isSkipped).length}"`;
}

function testCase(shot: ShotReport): string {
  const head = `    <testcase classname=${xmlAttribute(shot.class)} name=${xmlAttribute(shot.id)}`;
  const message = xmlAttribute(shot.explanation);
  if (isSkipped(shot)) return `${head}>\n      <skipped message=${message}/>\n    </testcase>`;
  if (isHole(shot)) {
    const failure = `<failure type=${xmlAttribute(shot.outcome)} message=${message}>${xmlText(`Sent: ${shot.title}`)}</failure>`;
    return `${head}>\n      ${failure}\n    </testcase>`;
  }
  if (shot.outcome !== 'refused-otherwise') return `${head}/>`;
  return `${head}>\n      <system-out>${xmlText(shot.explanation)}</system-out>\n    </testcase>`;
}
