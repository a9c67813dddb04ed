import { CHECK_STATUSES, type Check, type Instance } from '../records.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry.ts';
import { healthTopic } from '../topics.ts';
import type { BlockingRead } from './blocking.ts';
import type { Endpoint } from './endpoint.ts';
import { hasTags, matchesNode } from './selection.ts';
import { checkShape, nodeShape, serviceShape } from './shapes.ts';

/** `/v1/health…`: what is registered, and how it does. */
export function healthEndpoints(registry: Registry, answer: BlockingRead): Endpoint[] {
  const { catalog, node } = registry;
  const shapeOf = (check: Check) => checkShape(check, node, catalog.instance(check.serviceId));
  return [
    {
      method: 'GET',
      path: '/v1/health/service/*',
      handle: (request) => {
        if (request.name === '') throw new Refusal(400, 'Missing service name');
        const passingOnly = request.query.flag('passing');
        return answer(request, healthTopic(request.name), () =>
          catalog
            .instancesOf(request.name)
            .filter((it) => hasTags(request.query, it) && matchesNode(request.query, node))
            .map((instance) => ({ instance, checks: checksAbout(registry, instance) }))
            .filter(({ checks }) => !passingOnly || checks.every(isPassing))
            .map(({ instance, checks }) => ({
              Node: nodeShape(node, catalog.indexOf('nodes')),
              Service: serviceShape(instance),
              Checks: checks.map(shapeOf),
            })),
        );
      },
    },
    {
      method: 'GET',
      path: '/v1/health/checks/*',
      handle: (request) => {
        if (request.name === '') throw new Refusal(400, 'Missing service name');
        return answer(request, healthTopic(request.name), () =>
          catalog
            .instancesOf(request.name)
            .filter(() => matchesNode(request.query, node))
            .flatMap(({ id }) => catalog.checksOf(id))
            .map(shapeOf),
        );
      },
    },
    {
      method: 'GET',
      path: '/v1/health/state/*',
      handle: (request) => {
        const state = request.name;
        if (state !== 'any' && !CHECK_STATUSES.some((status) => status === state)) {
          throw new Refusal(400, 'Invalid state: must be any, passing, warning or critical');
        }
        return answer(request, 'checks', () =>
          [...catalog.checks()]
            .filter(({ status }) => state === 'any' || status === state)
            .filter(() => matchesNode(request.query, node))
            .map(shapeOf),
        );
      },
    },
    {
      method: 'GET',
      path: '/v1/health/node/*',
      handle: (request) =>
        answer(request, 'checks', () =>
          request.name === node.name ? [...catalog.checks()].map(shapeOf) : [],
        ),
    },
  ];
}

/** The checks that decide the health of an instance: those of its node, then its own. */
function checksAbout({ catalog }: Registry, { id }: Instance): Check[] {
  return [...catalog.nodeChecks(), ...catalog.checksOf(id)];
}

function isPassing({ status }: Check): boolean {
  return status === 'passing';
}
