import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { type Validator, validatorOf } from '../kernel/schema.ts';
import type { ClientConfig, RouteConfig, ServiceConfig } from '../model/config.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { manifestSchema } from './manifest-schema.ts';

export const MANIFEST_FILE = 'template.json';

export interface ParameterRule {
  type: 'string' | 'boolean' | 'choice';
  description: string;
  default: string | boolean;
  /** `init` asks for it on a terminal. */
  ask?: true;
  /** Rule of a string: a regular expression, `v` flag. */
  pattern?: string;
  choices?: string[];
}

export interface FileRule {
  /** A file or folder below the template's `files/`. */
  from: string;
  /** From the workspace root. */
  to: string;
  /** Taken only where these parameters have these values. */
  when?: Record<string, string | boolean>;
}

/** What a service adds to `fintech.yaml`. */
export interface ConfigAddition {
  client?: ClientConfig;
  personas?: Record<string, { sub: string; scopes: string[] }>;
  routes?: RouteConfig[];
  /** More of its entry under `services`. */
  service?: Pick<ServiceConfig, 'command' | 'env' | 'ready' | 'watch'>;
  /** Modules of projections that `verify` folds, from the workspace root. */
  projections?: string[];
  /** Live read models that `verify` compares: which projection is kept by which service. */
  readModels?: Record<string, string>;
}

/** Values templates are given; a parameter of their own may not take these names. */
const GIVEN: ReadonlySet<string> = new Set(['name', 'workspace', 'version', 'walkthrough']);

/** A part makes nothing by itself: services of several templates contain it. */
export type TemplateKind = 'workspace' | 'service' | 'part';

/** A template's `template.json`. */
export interface Manifest {
  schemaVersion: 1;
  id: string;
  kind: TemplateKind;
  description: string;
  /** Where `init` offers it, and does it: later than the services it needs. */
  order?: number;
  /** Services it calls, by their names, which are those of their templates too. */
  needs?: string[];
  /** Markdown below `files/` that `init` puts into the workspace's README. */
  walkthrough?: string;
  /** Ids of built-in parts whose files and parameters it takes in. */
  parts?: string[];
  parameters?: Record<string, ParameterRule>;
  files: FileRule[];
  config?: ConfigAddition;
  /** Commands to run afterwards. */
  next?: string[];
}

/** A template on disk whose manifest passed its schema. */
export interface Template {
  /** Absolute. */
  folder: string;
  /** With the parameters of its parts. */
  manifest: Manifest;
  parts: Template[];
}

const validate: Validator<Manifest> = validatorOf<Manifest>(manifestSchema);

/**
 * Reads the manifest of a template's folder.
 * @param partFolder where the built-in part of an id lies
 * @throws FintechError SCAFFOLD_INVALID_MANIFEST with every fault of it
 */
export async function readTemplate(
  folder: string,
  partFolder: (id: string) => string,
): Promise<Template> {
  const file = join(folder, MANIFEST_FILE);
  const validation = validate(await readJson(file));
  if (!validation.ok) {
    const faults = validation.violations.map(({ path, message }) => `${path || '/'}: ${message}`);
    throw brokenTemplate(file, faults.join('; '));
  }
  const { parts: ids = [], ...own } = validation.value;
  const parts = await Promise.all(ids.map((id) => readPart(partFolder(id), file)));
  const parameters = Object.assign({}, ...parts.map(({ manifest }) => manifest.parameters));
  const manifest = { ...own, parameters: { ...parameters, ...own.parameters } };
  const fault = manifestFault(manifest);
  if (fault !== undefined) throw brokenTemplate(file, fault);
  return { folder, manifest, parts };
}

/** A part contains no further parts: what a service consists of is said in one place. */
async function readPart(folder: string, askedBy: string): Promise<Template> {
  const part = await readTemplate(folder, (id) => {
    throw brokenTemplate(folder, `a part cannot contain the part ${id}`);
  });
  if (part.manifest.kind === 'part') return part;
  throw brokenTemplate(askedBy, `"parts" names ${part.manifest.id}, which is no part`);
}

export function brokenTemplate(where: string, fault: string, cause?: unknown): FintechError {
  return new FintechError('SCAFFOLD_INVALID_MANIFEST', `${where}: ${fault}`, {
    hint: 'Mend the template; docs/templates.md describes its files.',
    cause,
  });
}

async function readJson(file: string): Promise<unknown> {
  try {
    const found = await lstat(file);
    if (!found.isFile()) throw new Error('it is no regular file');
    if (found.size > TEMPLATE_LIMITS.manifestBytes) {
      throw new Error(`it is larger than ${TEMPLATE_LIMITS.manifestBytes} bytes`);
    }
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    throw brokenTemplate(file, messageOf(error), error);
  }
}

/** What a schema cannot say. */
function manifestFault({ parameters = {}, files }: Manifest): string | undefined {
  for (const [name, rule] of Object.entries(parameters)) {
    const fault = GIVEN.has(name) ? 'is given to every template' : ruleFault(rule);
    if (fault !== undefined) return `parameter ${name} ${fault}`;
  }
  const named = files.flatMap(({ when = {} }) => Object.keys(when));
  const unknown = named.find((name) => !Object.hasOwn(parameters, name));
  return unknown === undefined ? undefined : `"when" names ${unknown}, which is no parameter`;
}

function ruleFault({
  type,
  default: fallback,
  pattern,
  choices,
}: ParameterRule): string | undefined {
  if ((type === 'boolean') !== (typeof fallback === 'boolean')) return 'has no default of its type';
  if (type === 'choice' && !choices?.includes(String(fallback))) {
    return 'has no default among its choices';
  }
  if (pattern === undefined) return undefined;
  try {
    return new RegExp(pattern, 'v').test(String(fallback)) ? undefined : 'breaks its own pattern';
  } catch {
    return 'has a pattern that is no regular expression';
  }
}
