import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Style } from '../model/style.ts';
import type { Context } from './context.ts';

/** A `--reporter`. */
export interface ReportTarget<Format extends string> {
  format: Format;
  /** Undefined: stdout. */
  file: string | undefined;
}

/** Two reports in one file would leave one of them. */
export function refuseSharedFiles(
  { cwd }: Context,
  reporters: readonly ReportTarget<string>[],
): void {
  const seen = new Set<string>();
  for (const { file } of reporters) {
    if (file === undefined) continue;
    const path = resolve(cwd, file);
    if (seen.has(path)) {
      throw new FintechError('USAGE_INVALID', `two reports would be written to ${file}`, {
        hint: 'Give each --reporter a file of its own.',
      });
    }
    seen.add(path);
  }
}

/**
 * Writes the reports that have a file.
 * @throws FintechError USAGE_INVALID when one cannot be written
 */
export async function writeReports<Format extends string>(
  { cwd }: Context,
  reporters: readonly ReportTarget<Format>[],
  render: (format: Format) => string,
): Promise<void> {
  for (const { format, file } of reporters) {
    if (file === undefined) continue;
    const text = render(format);
    await writeFile(resolve(cwd, file), text.endsWith('\n') ? text : `${text}\n`).catch(
      (error: unknown) => refuseFile(`cannot write the report ${file}`, error),
    );
  }
}

/** What goes to stdout: the reports without a file, the one for people where there are none. */
export function shownReports<Format extends string>(
  reporters: readonly ReportTarget<Format>[],
  render: (format: Format | 'human') => string,
): string {
  const formats = reporters.filter(({ file }) => file === undefined);
  if (formats.length === 0) return render('human');
  return formats.map(({ format }) => render(format)).join('\n');
}

export function refuseFile(what: string, error: unknown): never {
  throw new FintechError('USAGE_INVALID', `${what}: ${messageOf(error)}`, {
    hint: 'Name a file in a folder that exists and may be written.',
    cause: error,
  });
}

const same = (text: string): string => text;
export const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, warn: same };
