import { link, mkdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FintechError, hasErrnoCode } from '../kernel/errors.ts';
import { type FilePlan, type PlannedFile, refuseConflicts } from './plan.ts';
import { presentFiles } from './present.ts';
import { makeStage, removeDeadStages } from './stage.ts';

/**
 * Carries out a plan, whole or not at all. Everything is written beside its place first. A root
 * that does not exist yet appears by one rename, complete, so that whatever interrupts leaves
 * nothing; in one that exists, each file is moved in, and moved out again if one fails. Only a kill
 * that no program hears can leave something: what was moved in, and a stage that the next run removes.
 * @throws FintechError SCAFFOLD_CONFLICT when the plan has one, or a path was taken meanwhile;
 *   SCAFFOLD_UNWRITABLE when the system refuses
 */
export async function applyPlan(root: string, plan: FilePlan, signal: AbortSignal): Promise<void> {
  refuseConflicts(plan);
  const files = plan.filter(({ action }) => action !== 'unchanged');
  try {
    await removeDeadStages(root);
    if (files.length === 0) return;
    const fresh = (await presentFiles(dirname(root), [basename(root)])).get(basename(root));
    if (fresh?.kind === 'nothing') await createRoot(root, files, signal);
    else await addInto(root, files, signal);
  } catch (error) {
    throw isSystemError(error) ? unwritable(root, error) : error;
  }
}

async function createRoot(
  root: string,
  files: readonly PlannedFile[],
  signal: AbortSignal,
): Promise<void> {
  const made = await mkdir(dirname(root), { recursive: true });
  const stage = await makeStage(root, 'beside');
  try {
    await writeAll(stage, files, signal);
    await rename(stage, root);
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    if (made !== undefined) await removeEmpty(dirname(root), dirname(made));
    throw hasErrnoCode(error, 'ENOTEMPTY') ? taken(root) : error;
  }
}

async function addInto(
  root: string,
  files: readonly PlannedFile[],
  signal: AbortSignal,
): Promise<void> {
  const stage = await makeStage(root, 'within');
  const undo: (() => Promise<unknown>)[] = [];
  try {
    await writeAll(stage, files, signal);
    // From the last: the first is fintech.yaml, which names what must be there by then.
    for (const file of files.toReversed()) {
      signal.throwIfAborted();
      await moveIn({ root, stage, file, undo });
    }
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function writeAll(
  folder: string,
  files: readonly PlannedFile[],
  signal: AbortSignal,
): Promise<void> {
  for (const { path, content, mode = 0o666 } of files) {
    signal.throwIfAborted();
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), content, { flag: 'wx', mode });
  }
}

async function moveIn(move: {
  root: string;
  stage: string;
  file: PlannedFile;
  undo: (() => Promise<unknown>)[];
}): Promise<void> {
  const { root, stage, file, undo } = move;
  const place = join(root, file.path);
  const staged = join(stage, file.path);
  const made = await mkdir(dirname(place), { recursive: true });
  if (made !== undefined) undo.push(() => removeEmpty(dirname(place), dirname(made)));
  if (file.action === 'update') {
    const before = join(stage, `${file.path}.before`);
    await link(place, before);
    undo.push(() => rename(before, place));
    await rename(staged, place);
    return;
  }
  try {
    // Unlike a rename, a link never replaces what somebody else has just put there.
    await link(staged, place);
  } catch (error) {
    throw hasErrnoCode(error, 'EEXIST') ? taken(file.path) : error;
  }
  undo.push(() => unlink(place));
}

/** Removes folders that are empty by now, from the innermost up to, but without, `end`. */
async function removeEmpty(folder: string, end: string): Promise<void> {
  for (let at = folder; at !== end && at !== dirname(at); at = dirname(at)) {
    await rmdir(at).catch(() => {});
  }
}

function taken(path: string): FintechError {
  return new FintechError('SCAFFOLD_CONFLICT', `${path} has just been made by somebody else`, {
    hint: 'Look at what is there, then run it again.',
    details: { paths: [path] },
  });
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function unwritable(root: string, error: Error): FintechError {
  return new FintechError('SCAFFOLD_UNWRITABLE', `cannot write to ${root}: ${error.message}`, {
    hint: "Look at the folder's permissions and at the disk, or name another folder.",
    details: { root },
    cause: error,
  });
}
