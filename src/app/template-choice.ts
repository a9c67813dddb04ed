import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { isServiceName } from '../model/names.ts';
import { NAME_RULE } from './init-answers.ts';
import { MANIFEST_FILE, type Template } from '../scaffold/manifest.ts';
import { offeredServices } from '../scaffold/selection.ts';
import { builtInTemplates, templateIn } from '../scaffold/template-folder.ts';

/**
 * The template of a service that the user named by its id, or by its folder, which has a `/`.
 * @throws FintechError SCAFFOLD_UNKNOWN_TEMPLATE, SCAFFOLD_INVALID_MANIFEST
 */
export async function templateNamed(named: string, cwd: string): Promise<Template> {
  if (!isFolderName(named)) return builtInService(await builtInTemplates(), named, cwd);
  const folder = resolve(cwd, named);
  if (!existsSync(join(folder, MANIFEST_FILE))) {
    throw unknownTemplate(`${folder} is no template: it has no ${MANIFEST_FILE}`);
  }
  const template = await templateIn(folder);
  const { kind } = template.manifest;
  if (kind === 'service') return template;
  throw unknownTemplate(`${named} is a template of a ${kind}, not of a service`);
}

function isFolderName(named: string): boolean {
  return named.includes('/') || named === '.' || named === '..';
}

/** @param cwd where a folder of that name may be what was meant */
export function builtInService(templates: readonly Template[], id: string, cwd: string): Template {
  const services = offeredServices(templates);
  const found = services.find(({ manifest }) => manifest.id === id);
  if (found !== undefined) return found;
  const known = services.map(({ manifest }) => manifest.id);
  const isFolder = existsSync(join(cwd, id, MANIFEST_FILE));
  const meant = isFolder ? ` Did you mean "./${id}"?` : didYouMean(id, known);
  throw unknownTemplate(`there is no template "${id}".${meant}`, known);
}

function unknownTemplate(message: string, known: string[] = []): FintechError {
  return new FintechError('SCAFFOLD_UNKNOWN_TEMPLATE', message, {
    hint:
      known.length === 0
        ? 'Run `fintech templates` to see what there is; docs/templates.md describes your own.'
        : `Known: ${known.join(', ')}. A template of your own is named by its folder: ./my-template.`,
    details: { known },
  });
}

/** A folder is recorded as it is seen from the workspace, wherever it was named from. */
export function sourceOf(named: string, { cwd, root }: { cwd: string; root: string }): string {
  if (!isFolderName(named)) return named;
  const path = relative(root, resolve(cwd, named));
  return path.startsWith('..') ? path : `./${path}`;
}

/** @throws FintechError SCAFFOLD_INVALID_NAME */
export function serviceName(name: string): string {
  // The workspace's own package has this name.
  if (isServiceName(name) && name !== 'workspace') return name;
  throw new FintechError('SCAFFOLD_INVALID_NAME', `"${name}" cannot name a service`, {
    hint: `Choose ${NAME_RULE}, and none of the sandbox's own parts.`,
    details: { name },
  });
}
