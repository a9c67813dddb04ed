import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { fixedPorts } from '../model/config-rules.ts';
import type { Config } from '../model/config.ts';
import { type ProgramSource, sourceOf } from '../runtime/sandbox/docker/compose/compose-service.ts';
import { planSandbox, type SandboxPlan } from '../runtime/sandbox/plan.ts';
import { usualPorts } from '../runtime/sandbox/ports.ts';
import { containerTopology } from '../runtime/sandbox/topology.ts';
import { applyPlan } from '../scaffold/apply.ts';
import { type FilePlan, planFiles, refuseConflicts } from '../scaffold/plan.ts';
import { presentFiles } from '../scaffold/present.ts';
import { pathFault } from '../scaffold/safe-path.ts';
import type { PlannedPath } from '../model/planned-files.ts';
import type { Context } from './context.ts';
import { exportedFiles, SETTINGS_FILE } from './export-files.ts';
import { type Loss, lossesOf } from './export-losses.ts';
import { withReferences } from './export-references.ts';
import { SecretVariables } from './export-secrets.ts';
import { requirePackages } from './sandbox.ts';
import { loadWorkspace, type Workspace, nameOf } from './workspace.ts';

export interface ExportInput {
  /** Where the files go; `deploy/compose` of the workspace when absent. */
  out: string | undefined;
  /** Registry and path before the names of images that are built. */
  imagePrefix: string | undefined;
  /** Replaces files that have other content. */
  force: boolean;
  dryRun: boolean;
}

/** What was, or with `--dry-run` would be, written. */
export interface ExportData {
  /** Absolute. */
  folder: string;
  /** Name of the Compose project. */
  project: string;
  files: PlannedPath[];
  services: { name: string; source: ProgramSource }[];
  notCarried: Loss[];
  dryRun: boolean;
  /** Commands to run next, in order. */
  next: string[];
}

const DEFAULT_FOLDER = 'deploy/compose';
/** A larger file is none of ours. */
const MAX_FILE_BYTES = 67_108_864;

/** Writes the files by which Compose runs the same system, without fintech on the machine. */
export async function exportCompose(
  context: Context,
  input: ExportInput,
): Promise<Outcome<ExportData>> {
  const workspace = await loadWorkspace(context);
  const { root } = workspace;
  const folder = folderOf(context, root, input.out);
  const { config, names } = await withReferences(workspace, context.environment);
  const secrets = new SecretVariables();
  const plan = planOf(context, { config, root, secrets });
  checkServices(context, workspace, plan);
  const project = `${nameOf(workspace)}-compose`;
  const { imagePrefix, force, dryRun } = input;
  const given = { workspace, plan, folder, project, imagePrefix, secrets, names };
  const files = await planExport(context, given, force);
  if (!dryRun) await applyPlan(folder, files, context.signal);
  const way = relative(context.cwd, folder);
  return {
    data: {
      folder,
      project,
      files: files.map(({ path, action }) => ({ path, action })),
      services: servicesOf(plan).map((unit) => ({ name: unit.name, source: sourceOf(unit, root) })),
      notCarried: lossesOf({ config, plan, root, names }),
      dryRun,
      next: [...(way === '' ? [] : [`cd ${way}`]), 'docker compose up -d --build'],
    },
  };
}

/** @throws FintechError USAGE_INVALID for a folder that holds the workspace, or is off limits */
function folderOf({ cwd }: Context, root: string, out: string | undefined): string {
  const folder = out === undefined ? join(root, DEFAULT_FOLDER) : resolve(cwd, out);
  const way = relative(root, folder);
  const around = !relative(folder, root).startsWith('..');
  const fault = way.startsWith('..') ? undefined : pathFault(way);
  if (!around && fault === undefined) return folder;
  const why = around ? 'holds the workspace itself' : fault;
  throw new FintechError('USAGE_INVALID', `--out: ${folder} ${why}`, {
    hint: `Name a folder for nothing else, such as ${DEFAULT_FOLDER}.`,
  });
}

/** The plan that the Docker driver runs, with the ports that are the same on every machine. */
function planOf(
  { environment }: Context,
  { config, root, secrets }: { config: Config; root: string; secrets: SecretVariables },
): SandboxPlan {
  const started = Object.entries(config.services ?? {}).flatMap(([name, { external }]) =>
    external === undefined ? [name] : [],
  );
  return planSandbox({
    config,
    root,
    ports: usualPorts({ configured: fixedPorts(config), environment }, started),
    publishedHost: '127.0.0.1',
    topology: containerTopology,
    secretOf: (clientId) => secrets.referenceTo(clientId),
    except: new Set(),
  });
}

function servicesOf({ units }: SandboxPlan): SandboxPlan['units'] {
  return units.filter(({ kind }) => kind === 'service');
}

/** @throws FintechError SANDBOX_PACKAGES_MISSING for a service that runs from its folder */
function checkServices({ reporter }: Context, workspace: Workspace, plan: SandboxPlan): void {
  const { root } = workspace;
  const bySource = Map.groupBy(servicesOf(plan), (unit) => sourceOf(unit, root));
  requirePackages(workspace, { units: bySource.get('folder') ?? [] });
  if (!bySource.has('dockerfile') || existsSync(join(root, '.dockerignore'))) return;
  reporter.warn(
    `${root} has no .dockerignore: to build a service, all of it is sent to the engine, .fintech with its private keys too. Write one that names .fintech, .git and **/node_modules.`,
  );
}

/** @throws FintechError SCAFFOLD_CONFLICT for what has other content, unless it is to be replaced */
async function planExport(
  context: Context,
  given: Omit<Parameters<typeof exportedFiles>[1], 'settings'>,
  force: boolean,
): Promise<FilePlan> {
  const { folder } = given;
  const before = (await presentFiles(folder, [SETTINGS_FILE])).get(SETTINGS_FILE);
  const settings = before?.kind === 'file' ? before.content.toString('utf8') : '';
  const wanted = await exportedFiles(context, { ...given, settings });
  const paths = wanted.map(({ path }) => path);
  const present = await presentFiles(folder, paths, MAX_FILE_BYTES);
  const files = planFiles(wanted, present, new Set(force ? paths : [SETTINGS_FILE]));
  refuseConflicts(
    files,
    'Look at what they hold, then replace them with --force, or name another folder with --out.',
  );
  return files;
}
