import type { Stats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { brokenTemplate, type FileRule, type Template } from './manifest.ts';
import type { ParameterValues } from './parameters.ts';
import { fillIn } from './placeholders.ts';
import { pathFault } from './safe-path.ts';

const OWNER_RUNS = 0o100;
/** The umask of who runs it takes away what it does. */
const EVERYBODY_RUNS = 0o777;

/** A file as it is to be written. */
export interface WantedFile {
  /** From the workspace root, with `/`. */
  path: string;
  content: Buffer;
  /** Permission bits, where not everybody may read it, or it is to be run. */
  mode?: number;
}

interface SourceFile {
  /** Absolute. */
  source: string;
  to: string;
  bytes: number;
  executable: boolean;
}

/**
 * The files a template makes of these values, its parts' first, in the order of its manifest.
 * @throws FintechError SCAFFOLD_INVALID_MANIFEST for a path that leaves its folder, a link, an
 *   unknown placeholder or a limit that is passed
 */
export async function renderTemplate(
  template: Template,
  values: ParameterValues,
): Promise<WantedFile[]> {
  const { folder, parts } = template;
  const sources = (await Promise.all([...parts, template].map((one) => taken(one, values)))).flat();
  checkTotals(folder, sources);
  const files = await Promise.all(sources.map((source) => render(source, values)));
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path.toLowerCase())) throw brokenTemplate(folder, `${path} is made twice`);
    seen.add(path.toLowerCase());
  }
  return files;
}

/** The part of the workspace's README that a service's template has for it, or nothing. */
export async function renderWalkthrough(
  { folder, manifest }: Template,
  values: ParameterValues,
): Promise<string> {
  if (manifest.walkthrough === undefined) return '';
  const sources = await sourcesOf(folder, { from: manifest.walkthrough, to: 'README.md' });
  checkTotals(folder, sources);
  const texts = await Promise.all(sources.map((source) => render(source, values)));
  return texts.map(({ content }) => content.toString('utf8')).join('\n');
}

/** The files of one template, without its parts, that these values ask for. */
async function taken(
  { folder, manifest }: Template,
  values: ParameterValues,
): Promise<SourceFile[]> {
  const rules = manifest.files.filter(({ when = {} }) =>
    Object.entries(when).every(([name, value]) => values[name] === value),
  );
  return (await Promise.all(rules.map((rule) => sourcesOf(folder, rule)))).flat();
}

async function sourcesOf(folder: string, { from, to }: FileRule): Promise<SourceFile[]> {
  const fault = pathFault(from);
  if (fault !== undefined) throw brokenTemplate(folder, `"${from}" ${fault}`);
  let source = folder;
  // Each step down is looked at, so that no link on the way leads out of the template.
  for (const step of ['files', ...from.split('/')]) {
    source = join(source, step);
    if ((await statOf(source)).isSymbolicLink()) throw brokenTemplate(source, 'is a link');
  }
  return walk({ source, to });
}

async function walk({ source, to }: Pick<SourceFile, 'source' | 'to'>): Promise<SourceFile[]> {
  const found = await statOf(source);
  if (found.isFile()) {
    return [{ source, to, bytes: found.size, executable: (found.mode & OWNER_RUNS) !== 0 }];
  }
  if (!found.isDirectory()) throw brokenTemplate(source, 'is neither a file nor a folder');
  const names = (await readdir(source)).toSorted();
  const below = names.map((name) => walk({ source: join(source, name), to: `${to}/${name}` }));
  return (await Promise.all(below)).flat();
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT')) throw brokenTemplate(path, 'does not exist', error);
    throw error;
  }
}

function checkTotals(folder: string, sources: SourceFile[]): void {
  const { files, fileBytes, totalBytes } = TEMPLATE_LIMITS;
  if (sources.length > files) throw brokenTemplate(folder, `has more than ${files} files`);
  const large = sources.find(({ bytes }) => bytes > fileBytes);
  if (large) throw brokenTemplate(large.source, `is larger than ${fileBytes} bytes`);
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > totalBytes) throw brokenTemplate(folder, `has more than ${totalBytes} bytes`);
}

async function render(
  { source, to, executable }: SourceFile,
  values: ParameterValues,
): Promise<WantedFile> {
  const bytes = await readFile(source);
  try {
    const path = fillIn(to, values);
    const fault = pathFault(path);
    if (fault !== undefined) throw new Error(`"${path}" ${fault}`);
    // What is no text is copied as it is.
    const content = isText(bytes) ? Buffer.from(fillIn(bytes.toString('utf8'), values)) : bytes;
    return { path, content, ...(executable ? { mode: EVERYBODY_RUNS } : {}) };
  } catch (error) {
    throw brokenTemplate(source, messageOf(error), error);
  }
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && Buffer.from(bytes.toString('utf8')).equals(bytes);
}
