import type { PlannedPath } from '../model/planned-files.ts';
import { parseConfig } from '../model/config-file.ts';
import { checkRoutes } from '../runtime/gateway/public.ts';
import { lineChanges } from '../scaffold/line-changes.ts';
import { type FilePlan, planFiles, type Present } from '../scaffold/plan.ts';
import { presentFiles } from '../scaffold/present.ts';
import type { WantedFile } from '../scaffold/render.ts';
import type { Context } from './context.ts';

/** What was, or with `--dry-run` would be, written. */
export interface ScaffoldData {
  /** Absolute. */
  root: string;
  /** Of the workspace. */
  name: string;
  /** Services that were asked for, and those that they need. */
  services: string[];
  files: PlannedPath[];
  dryRun: boolean;
  /** Commands to run next, in order. */
  next: string[];
}

/** A plan and how it is reported. */
export interface ScaffoldPlan {
  plan: FilePlan;
  files: PlannedPath[];
}

/**
 * Compares what is wanted with what is there.
 * @param configPath the wanted file that the rest of fintech must be able to read
 * @param edited paths that were made from what is there
 * @throws FintechError CONFIG_INVALID
 */
export async function planScaffold(
  { environment }: Context,
  root: string,
  wanted: {
    files: readonly WantedFile[];
    configPath: string;
    edited?: ReadonlySet<string>;
  },
): Promise<ScaffoldPlan> {
  const { files, configPath, edited = new Set() } = wanted;
  const config = files.find(({ path }) => path === configPath);
  if (config !== undefined) checkConfig(config, environment);
  const present = await presentFiles(
    root,
    files.map(({ path }) => path),
  );
  const plan = planFiles(files, present, edited);
  return { plan, files: plan.map((file) => reported(file, present.get(file.path), configPath)) };
}

function reported(
  { path, action, content }: FilePlan[number],
  there: Present | undefined,
  configPath: string,
): PlannedPath {
  if (path !== configPath || action !== 'update' || there?.kind !== 'file') return { path, action };
  return { path, action, changes: lineChanges(String(there.content), String(content)) };
}

function checkConfig({ path, content }: WantedFile, environment: Context['environment']): void {
  parseConfig({
    file: path,
    text: content.toString('utf8'),
    environment,
    rules: ({ gateway }) => checkRoutes(gateway?.routes ?? []),
  });
}
