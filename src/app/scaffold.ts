import { basename, relative, resolve } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { groupsOf, type PlannedPath } from '../model/planned-files.ts';
import { applyPlan } from '../scaffold/apply.ts';
import {
  CONFIG_PATH,
  type ServiceChoice,
  serviceDraft,
  workspaceDraft,
} from '../scaffold/draft.ts';
import type { ParameterRule, Template, TemplateKind } from '../scaffold/manifest.ts';
import { neededBy } from '../scaffold/parameters.ts';
import { refuseConflicts } from '../scaffold/plan.ts';
import { recordedVersion } from '../scaffold/record.ts';
import { offeredServices, withNeeds } from '../scaffold/selection.ts';
import { dealOut, type Settings } from '../scaffold/settings.ts';
import { builtInTemplates } from '../scaffold/template-folder.ts';
import type { Context } from './context.ts';
import { askSettings, chosenServices, workspaceName } from './init-answers.ts';
import { stepsIn } from './npm-workspace.ts';
import { planScaffold, type ScaffoldData, type ScaffoldPlan } from './scaffold-plan.ts';
import { builtInService, serviceName, sourceOf, templateNamed } from './template-choice.ts';
import { loadWorkspace, nameOf } from './workspace.ts';

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
  /** Services it calls. */
  needs: string[];
  parameters: (ParameterRule & { name: string })[];
}

/** Every built-in template that makes something, as it is offered, and what it can be told. */
export async function listTemplates(): Promise<Outcome<TemplateData[]>> {
  const built = await builtInTemplates();
  const data = [...offeredServices(built), workspaceOf(built)].map((template) => {
    const { id, kind, description, parameters = {} } = template.manifest;
    const named = Object.entries(parameters).map(([name, rule]) => ({ name, ...rule }));
    return { id, kind, description, needs: neededBy(template), parameters: named };
  });
  return { data };
}

/** Makes a workspace, or with no services gives an existing repository its `fintech.yaml`. */
export async function init(context: Context, input: InitInput): Promise<Outcome<ScaffoldData>> {
  const root = resolve(context.cwd, input.directory ?? '.');
  const built = await builtInTemplates();
  const workspace = workspaceOf(built);
  const name = await workspaceName(context, root, input);
  const services = await servicesFor(context, built, input);
  const settings = dealOut(input.set, { workspace, services });
  if (services.length > 0 && !input.yes) {
    await askSettings(context, settings, { workspace, services });
  }
  const choices = services.map((template) => choiceOf(template, settings));
  const names = choices.map((choice) => choice.name);
  const files = await workspaceDraft({
    workspace,
    services: choices,
    name,
    version: context.version,
    set: settings.workspace,
  });
  const scaffold = await planScaffold(context, root, { files, configPath: CONFIG_PATH });
  refuseConflicts(scaffold.plan, conflictHint(scaffold));
  for (const choice of choices) warnOfMissing(context, choice, new Set(names));
  if (!input.yes && !input.dryRun) await confirmWriting(context, root, scaffold.files);
  if (!input.dryRun) await applyPlan(root, scaffold.plan, context.signal);
  const steps = names.length > 0 ? (workspace.manifest.next ?? []) : ['fintech up'];
  const away = relative(context.cwd, root);
  const next = away === '' ? steps : [`cd ${away}`, ...steps];
  const { dryRun } = input;
  return { data: { root, name, services: names, files: scaffold.files, dryRun, next } };
}

/** Adds a service to the workspace: its files, and its part of `fintech.yaml`. */
export async function add(context: Context, input: AddInput): Promise<Outcome<ScaffoldData>> {
  const workspace = await loadWorkspace(context);
  const { root, configFile } = workspace;
  const template = await templateNamed(input.template, context.cwd);
  const name = serviceName(input.name ?? template.manifest.id);
  const called = nameOf(workspace);
  await warnOfOtherVersion(context, root);
  const source = sourceOf(input.template, { cwd: context.cwd, root });
  const configPath = basename(configFile);
  const service = { name, template, source, set: input.set };
  const { wanted: files, edited } = await serviceDraft({
    root,
    configPath,
    service,
    workspace: called,
    version: context.version,
  });
  const scaffold = await planScaffold(context, root, { files, configPath, edited });
  refuseConflicts(scaffold.plan, 'Move them away, or give the service another name.');
  const known = new Set([name, ...Object.keys(workspace.config.services ?? {})]);
  const missing = warnOfMissing(context, service, known);
  if (!input.dryRun) await applyPlan(root, scaffold.plan, context.signal);
  const ours = new Set(
    offeredServices(await builtInTemplates()).map(({ manifest }) => manifest.id),
  );
  const adding = missing.filter((need) => ours.has(need)).map((need) => `fintech add ${need}`);
  const next = [...adding, ...(await stepsIn(root, name, template.manifest.next ?? []))];
  const { dryRun } = input;
  return {
    data: { root, name: called, services: [name], files: scaffold.files, dryRun, next },
  };
}

async function servicesFor(
  context: Context,
  built: readonly Template[],
  input: InitInput,
): Promise<Template[]> {
  const offered = offeredServices(built);
  const chosen = await chosenServices(context, offered, input);
  for (const id of chosen) builtInService(built, id, context.cwd);
  const { services, added } = withNeeds(offered, chosen);
  for (const { id, neededBy } of added) {
    context.reporter.note(`${neededBy} calls ${id}, which is added too`);
  }
  return services;
}

function choiceOf(template: Template, settings: Settings): ServiceChoice {
  const { id } = template.manifest;
  return { name: id, template, source: id, set: settings.services.get(id) ?? [] };
}

/** Who was asked sees what comes of the answers before it is written. */
async function confirmWriting(
  { prompts, reporter }: Context,
  root: string,
  files: readonly PlannedPath[],
): Promise<void> {
  const groups = groupsOf(files);
  if (!prompts.interactive || groups.length === 0) return;
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  for (const { path, count } of groups) {
    reporter.note(`  + ${path}${count > 1 ? `  ${count} files` : ''}`);
  }
  const message = `Write ${total === 1 ? 'this file' : `these ${total} files`} to ${root}?`;
  if (await prompts.confirm({ message, flag: '--yes', initial: true })) return;
  throw new FintechError('USAGE_NEEDS_CONFIRMATION', 'nothing was written', {
    hint: 'Answer yes, or run it with --yes.',
  });
}

function conflictHint({ files }: ScaffoldPlan): string {
  const isWorkspace = files.some(
    ({ path, action }) => path === CONFIG_PATH && action === 'conflict',
  );
  return isWorkspace
    ? 'There is a workspace already: give it a service with `fintech add <template>`, or choose another folder.'
    : 'Move them away, or choose another folder.';
}

/** Says which services this one calls that are not there. */
function warnOfMissing(
  { reporter }: Context,
  { name, template, set }: ServiceChoice,
  known: ReadonlySet<string>,
): string[] {
  const missing = neededBy(template, set).filter((need) => !known.has(need));
  for (const need of missing) reporter.warn(`${name} calls ${need}, which is no service here`);
  return missing;
}

function workspaceOf(built: readonly Template[]): Template {
  const found = built.find(({ manifest }) => manifest.kind === 'workspace');
  if (found === undefined) throw new Error('the template of a workspace is missing');
  return found;
}

async function warnOfOtherVersion({ reporter, version }: Context, root: string): Promise<void> {
  const recorded = await recordedVersion(root);
  if (recorded === undefined || recorded === version) return;
  reporter.warn(`this workspace was made by fintech ${recorded}; this is ${version}`);
}
