import { counted } from '../../../../kernel/counted.ts';
import { markdownText, withinComment } from '../../../../kernel/markdown-text.ts';
import type { ShotReport, TargetReport } from '../../../../model/matrix-report.ts';
import {
  holesOf,
  type MatrixRendering,
  nameOf,
  notRunOf,
  OUTCOME_WORDS,
  summaryOf,
} from '../shown.ts';

/** For a pull request or the summary of a job. */
export function markdownReport({ report }: MatrixRendering): string {
  const partial = report.interrupted === true ? ['**Interrupted**: no more than a part.'] : [];
  const head = [
    `## fintech token matrix: ${report.verdict}`,
    ...partial,
    [
      `| target | verdict | ${OUTCOME_WORDS.map(([, words]) => words).join(' | ')} |`,
      `| --- | --- | ${OUTCOME_WORDS.map(() => '--:').join(' | ')} |`,
      ...report.targets.map(rowOf),
    ].join('\n'),
  ];
  const holes = report.targets.flatMap((target) =>
    holesOf(target).map((shot) => sectionOf(shot, target)),
  );
  return withinComment(
    { head, sections: holes, foot: report.targets.map(footOf).join('\n\n') },
    (left) => `${counted(left, 'holes')} more, for which there is no room here.`,
  );
}

function rowOf(target: TargetReport): string {
  const counts = OUTCOME_WORDS.map(([outcome]) => target.counts[outcome]).join(' | ');
  return `| ${markdownText(nameOf(target))} | ${target.verdict} | ${counts} |`;
}

function sectionOf(shot: ShotReport, target: TargetReport): string {
  return [
    `### ${shot.id} (${shot.class}, ${shot.severity ?? ''})`,
    markdownText(nameOf(target)),
    `Sent: ${markdownText(shot.title)}. ${markdownText(shot.explanation)}`,
  ].join('\n\n');
}

function footOf(target: TargetReport): string {
  const left = notRunOf(target).map(([why, count]) => `${count} (${why})`);
  return [
    markdownText(`${nameOf(target)}: ${summaryOf(target)}.`),
    ...(target.reason === null ? [] : [markdownText(target.reason)]),
    ...(left.length === 0 ? [] : [markdownText(`Not run: ${left.join(', ')}.`)]),
  ].join(' ');
}
