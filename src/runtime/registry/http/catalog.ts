import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry.ts';
import { serviceTopic } from '../topics.ts';
import type { BlockingRead } from './blocking.ts';
import type { Endpoint } from './endpoint.ts';
import { hasTags, matchesNode } from './selection.ts';
import { catalogServiceShape, nodeShape, serviceShape } from './shapes.ts';

/** `/v1/catalog…`: what is registered, whatever its health. */
export function catalogEndpoints(registry: Registry, answer: BlockingRead): Endpoint[] {
  const { catalog, node } = registry;
  return [
    {
      method: 'GET',
      path: '/v1/catalog/services',
      handle: (request) =>
        answer(request, 'services', () =>
          matchesNode(request.query, node) ? tagsByService(registry) : {},
        ),
    },
    {
      method: 'GET',
      path: '/v1/catalog/service/*',
      handle: (request) => {
        if (request.name === '') throw new Refusal(400, 'Missing service name');
        return answer(request, serviceTopic(request.name), () =>
          catalog
            .instancesOf(request.name)
            .filter((it) => hasTags(request.query, it) && matchesNode(request.query, node))
            .map((instance) => catalogServiceShape(instance, node)),
        );
      },
    },
    {
      method: 'GET',
      path: '/v1/catalog/nodes',
      handle: (request) =>
        answer(request, 'nodes', () =>
          matchesNode(request.query, node) ? [nodeShape(node, catalog.indexOf('nodes'))] : [],
        ),
    },
    {
      method: 'GET',
      path: '/v1/catalog/node/*',
      handle: (request) =>
        answer(request, 'services', () =>
          request.name === node.name
            ? { Node: nodeShape(node, catalog.indexOf('nodes')), Services: servicesById(registry) }
            : null,
        ),
    },
    {
      method: 'GET',
      path: '/v1/catalog/datacenters',
      handle: () => ({ json: [node.datacenter] }),
    },
  ];
}

function tagsByService({ catalog }: Registry): Record<string, string[]> {
  const tags = new Map<string, Set<string>>();
  for (const instance of catalog.instances()) {
    const known = tags.get(instance.name) ?? new Set();
    tags.set(instance.name, known);
    for (const tag of instance.tags) known.add(tag);
  }
  return Object.fromEntries([...tags].map(([name, known]) => [name, [...known]]));
}

function servicesById({ catalog }: Registry): Record<string, object> {
  return Object.fromEntries([...catalog.instances()].map((it) => [it.id, serviceShape(it)]));
}
