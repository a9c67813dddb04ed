import { FintechError } from '../kernel/errors.ts';
import type { FileAction } from '../model/planned-files.ts';
import type { WantedFile } from './render.ts';

export interface PlannedFile extends WantedFile {
  action: FileAction;
}

/** What is to be done, path by path; computed before anything is written. */
export type FilePlan = readonly PlannedFile[];

/** What stands at a path: nothing, a file with this content, or something that is in the way. */
export type Present = { kind: 'nothing' } | { kind: 'file'; content: Buffer } | { kind: 'blocked' };

/**
 * Compares what is wanted with what is there.
 * @param edited paths whose content was made from what is there, so that writing it loses nothing
 */
export function planFiles(
  wanted: readonly WantedFile[],
  present: ReadonlyMap<string, Present>,
  edited: ReadonlySet<string> = new Set(),
): FilePlan {
  return wanted.map((file) => ({ ...file, action: actionOf(file, present, edited) }));
}

/**
 * @param hint what to do about them
 * @throws FintechError SCAFFOLD_CONFLICT that lists every path that is taken
 */
export function refuseConflicts(
  plan: FilePlan,
  hint: string = 'Move them away, or choose another folder or name.',
): void {
  const paths = plan.filter(({ action }) => action === 'conflict').map(({ path }) => path);
  if (paths.length === 0) return;
  throw new FintechError(
    'SCAFFOLD_CONFLICT',
    `other files are in the way, and nothing was written:\n${paths.map((path) => `  ${path}`).join('\n')}`,
    { hint, details: { paths } },
  );
}

function actionOf(
  { path, content }: WantedFile,
  present: ReadonlyMap<string, Present>,
  edited: ReadonlySet<string>,
): FileAction {
  const there = present.get(path) ?? { kind: 'nothing' };
  if (there.kind === 'nothing') return 'create';
  if (there.kind === 'blocked') return 'conflict';
  if (there.content.equals(content)) return 'unchanged';
  return edited.has(path) ? 'update' : 'conflict';
}
