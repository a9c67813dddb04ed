import { basename } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { isWorkspaceName } from '../model/names.ts';
import type { ParameterRule, Template } from '../scaffold/manifest.ts';
import { neededBy, valueFault } from '../scaffold/parameters.ts';
import type { Settings } from '../scaffold/settings.ts';
import type { Context } from './context.ts';

export const NAME_RULE = '1 to 40 of a-z, 0-9 and -, starting with a letter';
/** What is chosen where nobody says. */
const PREFERRED = 'ledger';

export interface Given {
  directory: string | undefined;
  name: string | undefined;
  services: readonly string[] | undefined;
  yes: boolean;
}

/** @throws FintechError SCAFFOLD_INVALID_NAME */
export async function workspaceName(
  { prompts }: Context,
  root: string,
  given: Given,
): Promise<string> {
  const name = given.name ?? basename(root);
  const isGiven = given.name !== undefined || given.directory !== undefined || given.yes;
  if (!isGiven) {
    return prompts.text({
      message: 'Name of the workspace',
      flag: '--name',
      initial: nearestNameTo(name),
      fault: (text) => (isWorkspaceName(text) ? undefined : `A name has ${NAME_RULE}.`),
    });
  }
  if (isWorkspaceName(name)) return name;
  throw new FintechError('SCAFFOLD_INVALID_NAME', `"${name}" cannot name a workspace`, {
    hint: `Give it one with --name, such as ${nearestNameTo(name)}: ${NAME_RULE}.`,
    details: { name },
  });
}

/** A folder's name made into one that a workspace may have. */
function nearestNameTo(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return isWorkspaceName(plain) ? plain : 'bank';
}

export async function chosenServices(
  { prompts }: Context,
  offered: readonly Template[],
  { services, yes }: Given,
): Promise<readonly string[]> {
  if (services !== undefined) return services;
  if (yes) return [PREFERRED];
  return prompts.choose({
    message: 'Services to start with',
    flag: '--services',
    choices: offered.map((template) => {
      const { id, description } = template.manifest;
      const needs = neededBy(template).map((need) => `; needs ${need}`);
      return { value: id, description: description + needs.join(''), chosen: id === PREFERRED };
    }),
  });
}

/** Asks for the parameters that a template says are worth asking, and that no `--set` gave. */
export async function askSettings(
  context: Context,
  settings: Settings,
  { workspace, services }: { workspace: Template; services: readonly Template[] },
): Promise<void> {
  await askFor(context, { template: workspace, prefix: '', set: settings.workspace });
  for (const template of services) {
    const { id } = template.manifest;
    const set = settings.services.get(id) ?? [];
    await askFor(context, { template, prefix: `${id}.`, set });
  }
}

async function askFor(
  { prompts }: Context,
  { template, prefix, set }: { template: Template; prefix: string; set: string[] },
): Promise<void> {
  if (!prompts.interactive) return;
  for (const [name, rule] of Object.entries(template.manifest.parameters ?? {})) {
    if (rule.ask !== true || set.some((one) => one.startsWith(`${name}=`))) continue;
    const flag = `--set ${prefix}${name}=`;
    const answer = await askOne(prompts, rule, { message: `${prefix}${name}`, flag });
    set.push(`${name}=${answer}`);
  }
}

async function askOne(
  prompts: Context['prompts'],
  rule: ParameterRule,
  { message: name, flag }: { message: string; flag: string },
): Promise<string> {
  const message = `${rule.description.replace(/\.$/, '')} (${name})`;
  const initial = String(rule.default);
  if (rule.type === 'string') {
    const fault = (text: string) => {
      const found = valueFault(text, rule);
      return found === undefined ? undefined : `The value ${found}.`;
    };
    return prompts.text({ message, flag, initial, fault });
  }
  const choices = rule.type === 'boolean' ? ['true', 'false'] : (rule.choices ?? []);
  return prompts.select({ message, flag, initial, choices });
}
