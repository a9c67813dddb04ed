import type { Template } from './manifest.ts';
import { neededBy } from './parameters.ts';

/** A service that nobody chose, and one that calls it. */
export interface AddedService {
  id: string;
  neededBy: string;
}

/**
 * Built-in services that were chosen, with those that they call, in the order they are offered.
 * @returns also those that nobody chose
 */
export function withNeeds(
  services: readonly Template[],
  chosen: readonly string[],
): { services: Template[]; added: AddedService[] } {
  const added: AddedService[] = [];
  const known = new Map(services.map((template) => [template.manifest.id, template]));
  const ids = new Set(chosen);
  // What is added while this runs is looked at too.
  for (const id of ids) {
    const template = known.get(id);
    const needs = template === undefined ? [] : neededBy(template);
    for (const need of needs.filter((one) => known.has(one) && !ids.has(one))) {
      ids.add(need);
      added.push({ id: need, neededBy: id });
    }
  }
  return { services: services.filter(({ manifest }) => ids.has(manifest.id)), added };
}

/** Those that make a service, first what is offered first. */
export function offeredServices(templates: readonly Template[]): Template[] {
  return templates
    .filter(({ manifest }) => manifest.kind === 'service')
    .toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ manifest }: Template): number {
  return manifest.order ?? Number.MAX_SAFE_INTEGER;
}
