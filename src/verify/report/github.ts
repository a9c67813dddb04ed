import { printable } from '../../kernel/printable.ts';
import type { Finding } from '../../model/verify-report.ts';
import { counted } from '../../kernel/counted.ts';
import { notChecked, type Rendering, summary } from './human.ts';

/** GitHub shows no more of one kind for one step. */
const MAX_ANNOTATIONS = 10;

/** Workflow commands, worst finding first: GitHub shows them beside the lines they name. */
export function githubReport(rendering: Rendering): string {
  const { findings, verdict } = rendering.report;
  const shown = findings.slice(0, MAX_ANNOTATIONS).map(annotation);
  if (shown.length === 0 && verdict === 'inconclusive') {
    shown.push(command('warning', { title: 'fintech verify' }, notChecked(rendering)));
  }
  const more = findings.length - MAX_ANNOTATIONS;
  return [
    ...shown,
    ...(more > 0 ? [`${counted(more, 'findings')} more, which are not annotated`] : []),
    `${verdict}: ${summary(rendering)}`,
    notChecked(rendering),
  ].join('\n');
}

function annotation({ check, severity, message, location, reproduce }: Finding): string {
  const where =
    location === undefined
      ? {}
      : { file: location.file, ...(location.line !== undefined && { line: `${location.line}` }) };
  return command(
    severity === 'medium' ? 'warning' : 'error',
    { ...where, title: `${check} (${severity})` },
    `${printable(message)}\n${printable(reproduce)}`,
  );
}

function command(
  name: 'error' | 'warning',
  properties: Readonly<Record<string, string>>,
  text: string,
): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  return `::${name} ${given.join(',')}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
