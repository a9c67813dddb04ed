import { counted } from '../../../../kernel/counted.ts';
import { printable } from '../../../../kernel/printable.ts';
import { HOLES, type ShotReport, type TargetReport } from '../../../../model/matrix-report.ts';
import type { Style } from '../../../../model/style.ts';
import {
  areasOf,
  countOf,
  holesOf,
  type MatrixRendering,
  nameOf,
  notRunOf,
  summaryOf,
} from '../shown.ts';

/** Of each target a table by row of the catalogue, each hole, and what was not run and why. */
export function humanReport({ report }: MatrixRendering, style: Style): string {
  const targets = report.targets.map((target) => targetText(target, style));
  const partial =
    report.interrupted === true ? [style.warn('Interrupted: this is no more than a part.')] : [];
  return [...targets, ...partial].join('\n\n');
}

function targetText(target: TargetReport, style: Style): string {
  const paint = { tight: style.good, holes: style.bad, inconclusive: style.warn }[target.verdict];
  return [
    style.bold(printable(nameOf(target))),
    tableOf(target),
    ...holesOf(target).map((shot) => holeText(shot, style)),
    ...oddities(target, style),
    ...leftOut(target).map((line) => style.dim(line)),
    `${paint(target.verdict)}: ${summaryOf(target)}`,
    ...(target.reason === null ? [] : [printable(target.reason)]),
  ].join('\n');
}

const AREA_WIDTH = 'S structure, signature'.length;
const HEAD = ['class', 'refused', 'otherwise', 'accepted', 'holes', 'not judged', 'not run'];

function tableOf(target: TargetReport): string {
  const rows = areasOf(target).map(({ area, shots }) => [
    area,
    countOf(shots, 'refused'),
    countOf(shots, 'refused-otherwise'),
    countOf(shots, 'accepted'),
    countOf(shots, ...HOLES),
    countOf(shots, 'not-judged'),
    countOf(shots, 'not-run'),
  ]);
  return [HEAD, ...rows]
    .map((cells) =>
      cells
        .map((cell, at) => {
          const text = cell === 0 ? '-' : String(cell);
          return at === 0 ? text.padEnd(AREA_WIDTH) : text.padStart(HEAD[at]?.length ?? 0);
        })
        .join('  '),
    )
    .join('\n');
}

function holeText({ id, class: row, title, severity, explanation }: ShotReport, style: Style) {
  return [
    `${style.bad(severity ?? '')} ${style.bold(id)} (${row})`,
    `  sent: ${printable(title)}`,
    `  ${printable(explanation)}`,
  ].join('\n');
}

function leftOut(target: TargetReport): string[] {
  const reasons = notRunOf(target).map(([why, count]) => `${count} ${printable(why)}`);
  return reasons.length === 0 ? [] : [`not run: ${reasons.join('; ')}`];
}

/** Refusals that are not as the standards have them, each kind once. */
function oddities({ shots }: TargetReport, style: Style): string[] {
  const odd = shots.filter(({ outcome }) => outcome === 'refused-otherwise');
  const kinds = Map.groupBy(odd, ({ explanation }) => explanation.replace(/ \([^)]*\)\.$/, '.'));
  return [...kinds].map(([explanation, all]) => {
    const ids = all.slice(0, 3).map(({ id }) => id);
    const more = all.length > ids.length ? ` and ${all.length - ids.length} more` : '';
    return `${style.warn('otherwise')} ${counted(all.length, 'shots')}: ${printable(explanation)} ${style.dim(`${ids.join(', ')}${more}`)}`;
  });
}
