import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether `npm install` at the root takes in the packages of `services/`. */
async function takesInServices(root: string): Promise<boolean> {
  try {
    const { workspaces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      workspaces?: unknown;
    };
    return JSON.stringify(workspaces ?? []).includes('"services/');
  } catch {
    return false;
  }
}

/** What to run next; in a repository that is no npm workspace, npm is run in the service's folder. */
export async function stepsIn(
  root: string,
  service: string,
  steps: readonly string[],
): Promise<string[]> {
  if (await takesInServices(root)) return [...steps];
  return steps.map((step) =>
    step.startsWith('npm ') ? `${step} --prefix services/${service}` : step,
  );
}
