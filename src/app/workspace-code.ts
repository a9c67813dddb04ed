import { isAbsolute, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { glob } from 'tinyglobby';
import { FintechError } from '../kernel/errors.ts';
import { CHECKS } from '../verify/checks/catalogue.ts';
import type { Check } from '../verify/contract.ts';
import { invariantCheck } from '../verify/user/invariant-check.ts';
import type { Projection } from '../verify/projection/projection.ts';
import { userProjection } from '../verify/user/user-projection.ts';
import { faultOf, readInvariant, readProjection } from '../verify/user/user-code.ts';
import type { Workspace } from './workspace.ts';

/**
 * The checks that the workspace's own code adds to ours. Only its `fintech.yaml` can name code, and
 * only code inside of its folder.
 * @throws FintechError CONFIG_INVALID, VERIFY_CODE
 */
export async function invariantChecks(workspace: Workspace | undefined): Promise<Check[]> {
  const patterns = workspace?.config.verify?.invariants ?? [];
  if (workspace === undefined || patterns.length === 0) return [];
  const invariants = await loadAll(
    workspace,
    { patterns, key: 'verify.invariants' },
    readInvariant,
  );
  const named = new Map<string, string>();
  for (const { name, file } of invariants) refuseTaken(named, { name, file });
  return invariants.map(invariantCheck);
}

/** The projections that the workspace's own code adds. @throws FintechError CONFIG_INVALID, VERIFY_CODE */
export async function workspaceProjections(
  workspace: Workspace | undefined,
): Promise<Projection[]> {
  const patterns = workspace?.config.verify?.projections ?? [];
  if (workspace === undefined || patterns.length === 0) return [];
  const named = new Map<string, string>();
  const code = await loadAll(workspace, { patterns, key: 'verify.projections' }, readProjection);
  for (const { name, file } of code) refuseTaken(named, { name, file });
  return code.map(userProjection);
}

/** Loads what every file of these globs exports, in order of its path. */
async function loadAll<T>(
  workspace: Workspace,
  { patterns, key }: { patterns: readonly string[]; key: string },
  read: (exported: unknown, file: string) => T,
): Promise<T[]> {
  const files = new Map<string, string>();
  for (const pattern of patterns) {
    const found = await glob(pattern, { cwd: workspace.root, absolute: true, dot: true });
    if (found.length === 0) {
      throw new FintechError('CONFIG_INVALID', `${key}: no file is ${pattern}`, {
        hint: 'Paths start at the folder of fintech.yaml.',
      });
    }
    for (const path of found) files.set(path, insideOf(workspace, path));
  }
  const loaded: T[] = [];
  for (const path of [...files.keys()].sort()) {
    const file = files.get(path) ?? path;
    loaded.push(read(await load(path, file), file));
  }
  return loaded;
}

function insideOf({ root }: Workspace, path: string): string {
  const file = relative(root, path);
  if (!file.startsWith('..') && !isAbsolute(file)) return file;
  throw new FintechError(
    'CONFIG_INVALID',
    `${file} is outside of the workspace: its code is not run`,
    {
      hint: 'Keep it beside fintech.yaml, or below.',
    },
  );
}

/** Node strips the types itself. */
async function load(path: string, file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw new FintechError('VERIFY_CODE', `${file} cannot be loaded: ${faultOf(error, file)}`, {
      hint: 'Run it alone: node ' + file,
      details: { file },
      cause: error,
    });
  }
}

/** Names must differ, and leave our areas to us: there a later fintech may have a check of that name. */
function refuseTaken(
  named: Map<string, string>,
  { name, file }: { name: string; file: string },
): void {
  const area = name.slice(0, name.indexOf('/') + 1);
  const other =
    named.get(name) ?? (CHECKS.some(({ id }) => id.startsWith(area)) ? 'fintech' : undefined);
  named.set(name, file);
  if (other === undefined) return;
  throw new FintechError('CONFIG_INVALID', `${name} of ${file} is taken by ${other}`, {
    hint: 'Give it an area of your own, such as acme/, and a name of its own in it.',
  });
}
