import { Option } from 'commander';
import type { ReportTarget } from '../app/report-files.ts';
import { FintechError } from '../kernel/errors.ts';
import { collect } from './options.ts';
import { oneOf } from './token-options.ts';

/** `--reporter <name[=file]>`. */
export function reporterOption(formats: readonly string[]): Option {
  const description = `${formats.join(', ')}; may be given more than once`;
  return new Option('--reporter <name[=file]>', description).argParser(collect);
}

/** @throws FintechError USAGE_INVALID */
export function reportersOf<Format extends string>(
  formats: readonly Format[],
  { reporter = [], json }: { reporter?: readonly string[]; json?: true },
): ReportTarget<Format>[] {
  return reporter.map((text) => reportTarget(text, formats, json === true));
}

function reportTarget<Format extends string>(
  text: string,
  formats: readonly Format[],
  json: boolean,
): ReportTarget<Format> {
  const [name = '', ...rest] = text.split('=');
  const format = oneOf('--reporter', name, formats);
  const file = rest.length === 0 ? undefined : rest.join('=');
  if (file === '') throw new FintechError('USAGE_INVALID', `--reporter ${text} names no file`);
  if (file === undefined && json) {
    throw new FintechError('USAGE_INVALID', `--json and --reporter ${name} both want stdout`, {
      hint: `Give the report a file: --reporter ${name}=report.txt`,
    });
  }
  return { format, file };
}
