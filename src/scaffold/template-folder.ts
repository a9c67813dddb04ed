import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTemplate, type Template } from './manifest.ts';

/** Where the built-in templates lie: beside `src/` in a checkout, beside `dist/` when bundled. */
export function templateFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = basename(here) === 'scaffold' ? dirname(dirname(here)) : dirname(here);
  return join(root, 'templates');
}

/** The template in a folder, with the built-in parts that it names. */
export function templateIn(folder: string): Promise<Template> {
  return readTemplate(folder, (id) => join(templateFolder(), id));
}

/** Every built-in template, by id. */
export async function builtInTemplates(): Promise<Template[]> {
  const entries = await readdir(templateFolder(), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(names.toSorted().map((name) => templateIn(join(templateFolder(), name))));
}
