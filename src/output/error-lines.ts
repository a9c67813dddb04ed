import type { FintechError } from '../kernel/errors.ts';
import { maskTokens } from '../kernel/mask-tokens.ts';
import type { ReporterOptions } from './reporter.ts';

/** Three lines: what failed [CODE], why, what to do next. */
export function errorLines(
  error: FintechError,
  { styles, verbose }: Pick<ReporterOptions, 'styles' | 'verbose'>,
): string {
  const { bad, dim } = styles.stderr;
  const next = error.hint ?? `Read about ${error.code} in docs/errors.md.`;
  const cause = verbose && error.cause instanceof Error ? [dim(error.cause.stack ?? '')] : [];
  const lines = [
    `${bad('error:')} ${error.title} ${dim(`[${error.code}]`)}`,
    ...error.message.split('\n').map((line) => `  ${line}`),
    `  next: ${next}`,
    ...cause,
  ];
  return maskTokens(lines.map((line) => `${line}\n`).join(''));
}
