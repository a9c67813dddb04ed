import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** Gives a service of a workspace further variables, such as where another service answers. */
export function setVariables(
  root: string,
  service: string,
  variables: Readonly<Record<string, string>>,
): void {
  const file = join(root, 'fintech.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (!document.hasIn(['services', service])) throw new Error(`${service} is not in fintech.yaml`);
  for (const [name, value] of Object.entries(variables)) {
    document.setIn(['services', service, 'env', name], value);
  }
  writeFileSync(file, String(document));
}
