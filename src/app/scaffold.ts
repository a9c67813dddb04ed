import { basename, relative, resolve } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { parseConfig } from '../model/config-file.ts';
import { isServiceName, isWorkspaceName } from '../model/names.ts';
import { checkRoutes } from '../runtime/gateway/public.ts';
import { applyPlan } from '../scaffold/apply.ts';
import {
  CONFIG_PATH,
  type ServiceChoice,
  serviceDraft,
  workspaceDraft,
} from '../scaffold/draft.ts';
import type { ParameterRule, Template, TemplateKind } from '../scaffold/manifest.ts';
import { type FileAction, type FilePlan, planFiles, refuseConflicts } from '../scaffold/plan.ts';
import { presentFiles } from '../scaffold/present.ts';
import { recordedVersion } from '../scaffold/record.ts';
import type { WantedFile } from '../scaffold/render.ts';
import { builtInTemplates, templateIn } from '../scaffold/template-folder.ts';
import type { Context } from './context.ts';
import { loadWorkspace, nameOf } from './workspace.ts';

/** What was, or with `--dry-run` would be, written. */
export interface ScaffoldData {
  /** Absolute. */
  root: string;
  /** Of the workspace. */
  name: string;
  /** Services that were asked for. */
  services: string[];
  files: { path: string; action: FileAction }[];
  dryRun: boolean;
  /** Commands to run next, in order. */
  next: string[];
}

export interface InitInput {
  /** Where; the working folder when absent. */
  directory: string | undefined;
  name: string | undefined;
  /** Ids of templates; empty means only `fintech.yaml`. Asked for when absent. */
  services: readonly string[] | undefined;
  set: readonly string[];
  /** Takes every default instead of asking. */
  yes: boolean;
  dryRun: boolean;
}

export interface AddInput {
  /** Id of a built-in template, or a folder written with a `/`. */
  template: string;
  /** The template's id when absent. */
  name: string | undefined;
  set: readonly string[];
  dryRun: boolean;
}

export interface TemplateData {
  id: string;
  kind: TemplateKind;
  description: string;
  parameters: (ParameterRule & { name: string })[];
}

const PREFERRED = 'ledger';

/** Every built-in template that makes something, and what it can be told. */
export async function listTemplates(): Promise<Outcome<TemplateData[]>> {
  const templates = (await builtInTemplates()).filter(({ manifest }) => manifest.kind !== 'part');
  const data = templates.map(({ manifest: { id, kind, description, parameters = {} } }) => {
    const named = Object.entries(parameters).map(([name, rule]) => ({ name, ...rule }));
    return { id, kind, description, parameters: named };
  });
  return { data };
}

/** Makes a workspace, or with no services gives an existing repository its `fintech.yaml`. */
export async function init(context: Context, input: InitInput): Promise<Outcome<ScaffoldData>> {
  const root = resolve(context.cwd, input.directory ?? '.');
  const built = await builtInTemplates();
  const name = workspaceName(await askName(context, root, input));
  const services = (await askServices(context, built, input)).map((id): ServiceChoice => {
    return { name: id, template: builtIn(built, id, 'service'), source: id };
  });
  const workspace = builtIn(built, 'workspace', 'workspace');
  const { version } = context;
  const wanted = await workspaceDraft({ workspace, services, name, version, set: input.set });
  checkConfig(context, wanted);
  const paths = wanted.map(({ path }) => path);
  const plan = planFiles(wanted, await presentFiles(root, paths));
  await carryOut(context, { root, plan, dryRun: input.dryRun });
  const away = relative(context.cwd, root);
  const steps = services.length > 0 ? (workspace.manifest.next ?? []) : ['fintech up'];
  const next = away === '' ? steps : [`cd ${away}`, ...steps];
  return { data: { ...summary({ root, plan, name, services, input }), next } };
}

/** Adds a service to the workspace: its files, and its part of `fintech.yaml`. */
export async function add(context: Context, input: AddInput): Promise<Outcome<ScaffoldData>> {
  const workspace = await loadWorkspace(context);
  const { root } = workspace;
  const called = nameOf(workspace);
  const template = await findTemplate(context, input.template);
  const name = input.name ?? template.manifest.id;
  if (!isServiceName(name)) throw invalidName(name, 'service');
  await warnOfOtherVersion(context, root);
  const service = { name, template, source: input.template };
  const { version } = context;
  const choice = { root, service, workspace: called, version, set: input.set };
  const { wanted, edited } = await serviceDraft(choice);
  checkConfig(context, wanted);
  const paths = wanted.map(({ path }) => path);
  const plan = planFiles(wanted, await presentFiles(root, paths), edited);
  await carryOut(context, { root, plan, dryRun: input.dryRun });
  const next = template.manifest.next ?? [];
  return {
    data: { ...summary({ root, plan, name: called, services: [service], input }), next },
  };
}

async function askName(context: Context, root: string, input: InitInput): Promise<string> {
  if (input.name !== undefined) return input.name;
  const initial = basename(root);
  if (input.directory !== undefined || input.yes) return initial;
  return context.prompts.text({ message: 'Name of the workspace', flag: '--name', initial });
}

async function askServices(
  { prompts }: Context,
  built: readonly Template[],
  { services, yes }: InitInput,
): Promise<readonly string[]> {
  if (services !== undefined) return services;
  if (yes) return [PREFERRED];
  const choices = serviceIds(built);
  return prompts.choose({ message: 'Services to start with', flag: '--services', choices });
}

async function findTemplate(context: Context, named: string): Promise<Template> {
  if (!named.includes('/') && named !== '.') {
    return builtIn(await builtInTemplates(), named, 'service');
  }
  const template = await templateIn(resolve(context.cwd, named));
  if (template.manifest.kind === 'service') return template;
  throw unknownTemplate(
    `${named} is a template of a ${template.manifest.kind}, not of a service`,
    [],
  );
}

function builtIn(templates: readonly Template[], id: string, kind: TemplateData['kind']): Template {
  const found = templates.find(({ manifest }) => manifest.id === id && manifest.kind === kind);
  if (found !== undefined) return found;
  const known = serviceIds(templates);
  throw unknownTemplate(`there is no template "${id}".${didYouMean(id, known)}`, known);
}

function serviceIds(templates: readonly Template[]): string[] {
  return templates.flatMap(({ manifest: { id, kind } }) => (kind === 'service' ? [id] : []));
}

function unknownTemplate(message: string, known: string[]): FintechError {
  return new FintechError('SCAFFOLD_UNKNOWN_TEMPLATE', message, {
    hint:
      known.length === 0
        ? 'Run `fintech templates` to see what there is.'
        : `Known: ${known.join(', ')}. A template of your own is named by its folder: ./my-template.`,
    details: { known },
  });
}

function workspaceName(name: string): string {
  if (isWorkspaceName(name)) return name;
  throw invalidName(name, 'workspace');
}

function invalidName(name: string, kind: 'workspace' | 'service'): FintechError {
  const rule = '1 to 40 of a-z, 0-9 and -, starting with a letter';
  return new FintechError('SCAFFOLD_INVALID_NAME', `"${name}" cannot name a ${kind}`, {
    hint:
      kind === 'workspace'
        ? `Give it one with --name: ${rule}.`
        : `Choose ${rule}, and none of the sandbox's own parts.`,
    details: { name },
  });
}

/** What is written must be what the rest of fintech can read. */
function checkConfig({ environment }: Context, wanted: readonly WantedFile[]): void {
  const text = wanted.find(({ path }) => path === CONFIG_PATH)?.content.toString('utf8');
  if (text === undefined) return;
  parseConfig({
    file: CONFIG_PATH,
    text,
    environment,
    rules: ({ gateway }) => checkRoutes(gateway?.routes ?? []),
  });
}

async function carryOut(
  { signal }: Context,
  { root, plan, dryRun }: { root: string; plan: FilePlan; dryRun: boolean },
): Promise<void> {
  refuseConflicts(plan);
  if (!dryRun) await applyPlan(root, plan, signal);
}

async function warnOfOtherVersion({ reporter, version }: Context, root: string): Promise<void> {
  const recorded = await recordedVersion(root);
  if (recorded === undefined || recorded === version) return;
  reporter.warn(`this workspace was made by fintech ${recorded}; this is ${version}`);
}

function summary(made: {
  root: string;
  plan: FilePlan;
  name: string;
  services: readonly ServiceChoice[];
  input: { dryRun: boolean };
}): Omit<ScaffoldData, 'next'> {
  const { root, plan, name, services, input } = made;
  return {
    root,
    name,
    services: services.map((service) => service.name),
    files: plan.map(({ path, action }) => ({ path, action })),
    dryRun: input.dryRun,
  };
}
