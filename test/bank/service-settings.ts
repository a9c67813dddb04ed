import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** Gives a service of a workspace further variables, such as where another service answers. */
export function setVariables(
  root: string,
  service: string,
  variables: Readonly<Record<string, string>>,
): void {
  const entries = Object.entries(variables).map(([name, value]): Setting => {
    return { path: ['services', service, 'env', name], value };
  });
  change(root, entries);
}

export function setPorts(root: string, ports: ReadonlyMap<string, number>): void {
  const entries = [...ports].map(([service, value]): Setting => {
    return { path: ['services', service, 'port'], value };
  });
  change(root, entries);
}

interface Setting {
  path: string[];
  value: string | number;
}

function change(root: string, settings: readonly Setting[]): void {
  const file = join(root, 'fintech.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  for (const { path, value } of settings) {
    if (!document.hasIn(path.slice(0, 2))) throw new Error(`${path[1]} is not in fintech.yaml`);
    document.setIn(path, value);
  }
  writeFileSync(file, String(document));
}
