import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addService } from './edit-config.ts';
import type { Template } from './manifest.ts';
import { brokenTemplate } from './manifest.ts';
import { type ParameterValues, parameterValues } from './parameters.ts';
import { fillInJson } from './placeholders.ts';
import { RECORD_PATH, readRecord, recordContent, type RecordedTemplate } from './record.ts';
import { renderTemplate, renderWalkthrough, type WantedFile } from './render.ts';

export const CONFIG_PATH = 'fintech.yaml';

/** A service to be made of a template. */
export interface ServiceChoice {
  name: string;
  template: Template;
  /** How the record names the template. */
  source: string;
  /** `name=value` each. */
  set: readonly string[];
}

export interface WorkspaceChoice {
  workspace: Template;
  services: readonly ServiceChoice[];
  name: string;
  /** Of fintech. */
  version: string;
  /** `name=value` each, for the workspace's own template. */
  set: readonly string[];
}

/** The files of a new workspace. Without services it is an existing repository: `fintech.yaml` only. */
export async function workspaceDraft(choice: WorkspaceChoice): Promise<WantedFile[]> {
  const { workspace, services, name, version, set } = choice;
  const parameters = parameterValues(workspace, set);
  const made = await Promise.all(
    services.map((service) => makeService({ service, workspace: name, version })),
  );
  const walkthrough = made.map(({ walkthrough }) => walkthrough).join('');
  const given = { name, workspace: name, version, walkthrough };
  const own = await renderTemplate(workspace, { ...parameters, ...given });
  const config = own.find(({ path }) => path === CONFIG_PATH);
  if (config === undefined) throw brokenTemplate(workspace.folder, `it makes no ${CONFIG_PATH}`);
  if (services.length === 0) return [config];
  const text = made.reduce((before, { edit }) => edit(before), config.content.toString('utf8'));
  const record = recordContent({
    schemaVersion: 1,
    fintech: version,
    workspace: { template: workspace.manifest.id, parameters },
    services: Object.fromEntries(made.map(({ service, record }) => [service, record])),
  });
  return [
    { path: CONFIG_PATH, content: Buffer.from(text) },
    ...own.filter((file) => file !== config),
    { path: RECORD_PATH, content: record },
    ...made.flatMap(({ files }) => files),
  ];
}

/**
 * The files that a service adds to a workspace.
 * @returns also the paths that were made from what is there
 */
export async function serviceDraft(choice: {
  root: string;
  /** The `fintech.yaml` that is in use, from the root. */
  configPath: string;
  service: ServiceChoice;
  /** Its name. */
  workspace: string;
  version: string;
}): Promise<{ wanted: WantedFile[]; edited: ReadonlySet<string> }> {
  const { root, configPath, version } = choice;
  const { service, files, edit, record } = await makeService(choice);
  const before = await readRecord(root);
  const after = recordContent({
    schemaVersion: 1,
    fintech: version,
    ...before,
    services: { ...before?.services, [service]: record },
  });
  const text = edit(await readFile(join(root, configPath), 'utf8'));
  const wanted = [
    { path: configPath, content: Buffer.from(text) },
    { path: RECORD_PATH, content: after },
    ...files,
  ];
  return { wanted, edited: new Set([configPath, RECORD_PATH]) };
}

interface MadeService {
  service: string;
  files: WantedFile[];
  /** Puts it into the text of a configuration. */
  edit: (config: string) => string;
  record: RecordedTemplate;
  /** Ends with an empty line, where there is one. */
  walkthrough: string;
}

async function makeService(choice: {
  service: ServiceChoice;
  workspace: string;
  version: string;
}): Promise<MadeService> {
  const { service, workspace, version } = choice;
  const { name, template, source, set } = service;
  const parameters = parameterValues(template, set);
  const values: ParameterValues = { ...parameters, name, workspace, version };
  const config = fillInJson(template.manifest.config ?? {}, values);
  const walkthrough = (await renderWalkthrough(template, values)).trim();
  return {
    service: name,
    files: await renderTemplate(template, values),
    edit: (text) => addService(text, { name, path: `services/${name}`, config }),
    record: { template: source, parameters },
    walkthrough: walkthrough === '' ? '' : `${walkthrough}\n\n`,
  };
}
