import { type Document, isCollection, isMap, isSeq, parseDocument } from 'yaml';
import { FintechError } from '../kernel/errors.ts';
import type { ConfigAddition } from './manifest.ts';

/**
 * Adds a service to the text of `fintech.yaml`: its folder, client, personas, routes, read models. Comments
 * and whatever else is there stay; what is there already is not added twice.
 * @throws FintechError SCAFFOLD_CONFLICT when the name belongs to another service
 */
export function addService(
  text: string,
  service: { name: string; path: string; config: ConfigAddition },
): string {
  const { name, path, config } = service;
  const document = parseDocument(text);
  refuseOther(document, name, path);
  for (const place of COLLECTIONS) spreadOut(document, place);
  if (config.client !== undefined) {
    addScopes(document, ['identity', 'clients', name], config.client.scopes);
  }
  for (const [persona, { sub, scopes }] of Object.entries(config.personas ?? {})) {
    const at = ['identity', 'personas', persona];
    if (!document.hasIn(at)) document.setIn([...at, 'sub'], sub);
    addScopes(document, at, scopes);
  }
  for (const route of config.routes ?? []) addRoute(document, route);
  if (!document.hasIn(['services', name])) {
    document.setIn(['services', name], inline(document, { path, ...config.service }));
  }
  for (const [projection, place] of Object.entries(config.readModels ?? {})) {
    const at = ['verify', 'readModels', projection];
    if (!document.hasIn(at)) document.setIn(at, place);
  }
  return document.toString({ lineWidth: 160 });
}

const COLLECTIONS = [
  ['identity', 'clients'],
  ['identity', 'personas'],
  ['gateway', 'routes'],
  ['services'],
];

/** An empty `{}` or `[]` is about to be filled: one entry a line, not all in one. */
function spreadOut(document: Document, place: readonly string[]): void {
  const there: unknown = document.getIn(place);
  if (isCollection(there) && there.items.length === 0) there.flow = false;
}

function refuseOther(document: Document, name: string, path: string): void {
  const there: unknown = document.getIn(['services', name]);
  if (there === undefined) return;
  if (isMap(there) && there.get('path') === path && !there.has('external')) return;
  throw new FintechError('SCAFFOLD_CONFLICT', `fintech.yaml has another service "${name}"`, {
    hint: 'Give the new one a name of its own: fintech add <template> <name>.',
    details: { paths: ['fintech.yaml'] },
  });
}

function addScopes(document: Document, at: readonly string[], scopes: readonly string[]): void {
  const place = [...at, 'scopes'];
  const there: unknown = document.getIn(place);
  if (!isSeq(there)) {
    document.setIn(place, inline(document, scopes));
    return;
  }
  const known: unknown[] = there.toJSON();
  for (const scope of scopes) if (!known.includes(scope)) there.add(document.createNode(scope));
}

function addRoute(document: Document, route: object): void {
  const place = ['gateway', 'routes'];
  const there: unknown = document.getIn(place);
  if (!isSeq(there)) {
    document.setIn(place, document.createNode([]));
    document.addIn(place, inline(document, route));
    return;
  }
  const wanted = placeOf(route);
  const routes: unknown[] = there.toJSON();
  if (!routes.some((one) => placeOf(one) === wanted)) there.add(inline(document, route));
}

/** What a route answers for; two with the same could never both be reached. */
function placeOf(route: unknown): string {
  const {
    path,
    methods = [],
    exact = false,
  } = (route ?? {}) as {
    path?: string;
    methods?: string[];
    exact?: boolean;
  };
  return JSON.stringify([path, methods.toSorted(), exact]);
}

function inline(document: Document, value: unknown): unknown {
  return document.createNode(value, { flow: true });
}
