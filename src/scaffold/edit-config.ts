import { FintechError } from '../kernel/errors.ts';
import type { ConfigAddition } from './manifest.ts';
import { YamlInsert } from './yaml-insert.ts';

/**
 * Adds a service to the text of `fintech.yaml`: its folder, client, personas, routes, read models.
 * Whatever else is there stays as it is written; what is there already is not added twice.
 * @throws FintechError SCAFFOLD_CONFLICT when its name or one of its routes is another service's
 */
export function addService(
  text: string,
  service: { name: string; path: string; config: ConfigAddition },
): string {
  const { name, path, config } = service;
  const yaml = new YamlInsert(text);
  refuseOther(yaml, name, path);
  if (config.client !== undefined) {
    addScopes(yaml, ['identity', 'clients', name], config.client.scopes);
  }
  for (const [persona, { sub, scopes }] of Object.entries(config.personas ?? {})) {
    const at = ['identity', 'personas', persona];
    if (!yaml.has(at)) yaml.put([...at, 'sub'], sub);
    addScopes(yaml, at, scopes);
  }
  for (const route of config.routes ?? []) addRoute(yaml, route);
  if (!yaml.has(['services', name])) yaml.put(['services', name], { path, ...config.service });
  if (config.projections) addEach(yaml, ['verify', 'projections'], config.projections);
  for (const [projection, place] of Object.entries(config.readModels ?? {})) {
    const at = ['verify', 'readModels', projection];
    if (!yaml.has(at)) yaml.put(at, place);
  }
  return yaml.toString();
}

function refuseOther(yaml: YamlInsert, name: string, path: string): void {
  const there = yaml.get(['services', name]);
  if (there === undefined) return;
  const { path: folder, external } = (there ?? {}) as { path?: string; external?: string };
  if (folder === path && external === undefined) return;
  throw taken(`fintech.yaml has another service "${name}"`);
}

function addScopes(yaml: YamlInsert, at: readonly string[], scopes: readonly string[]): void {
  addEach(yaml, [...at, 'scopes'], scopes);
}

function addEach(yaml: YamlInsert, place: readonly string[], texts: readonly string[]): void {
  if (!yaml.has(place)) return yaml.put(place, texts);
  const there = yaml.get(place);
  const known = new Set(Array.isArray(there) ? (there as unknown[]) : []);
  for (const text of texts) if (!known.has(text)) yaml.append(place, text);
}

interface Route {
  path?: string;
  methods?: string[];
  exact?: boolean;
  service?: string;
}

function addRoute(yaml: YamlInsert, route: Route): void {
  const place = ['gateway', 'routes'];
  const there = yaml.get(place);
  const wanted = placeOf(route);
  const routes = Array.isArray(there) ? (there as Route[]) : [];
  const same = routes.find((one) => placeOf(one) === wanted);
  if (same === undefined) yaml.append(place, route);
  else if (same.service !== route.service) {
    throw taken(`fintech.yaml leads ${route.path} to the service "${same.service}" already`);
  }
}

/** What a route answers for; two with the same could never both be reached. */
function placeOf({ path, methods = [], exact = false }: Route): string {
  return JSON.stringify([path, methods.toSorted(), exact]);
}

function taken(message: string): FintechError {
  return new FintechError('SCAFFOLD_CONFLICT', `${message}, and nothing was written`, {
    hint: 'Give the new one a name of its own: fintech add <template> <name>.',
    details: { paths: ['fintech.yaml'] },
  });
}
