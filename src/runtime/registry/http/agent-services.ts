import { createHash } from 'node:crypto';
import { Fields } from '../fields.ts';
import { REGISTRY_LIMITS } from '../limits.ts';
import { CONSUL_SERVICE, type Instance } from '../records.ts';
import { readRegistration } from '../registration.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry.ts';
import { type ApiRequest, DONE, type Endpoint } from './endpoint.ts';
import { agentServiceShape } from './shapes.ts';

const NO_REASON =
  'Maintenance mode is enabled for this service, but no reason was provided. This is a default message.';

/** `/v1/agent/service…`: the services of this agent, which are all there are. */
export function agentServiceEndpoints(registry: Registry): Endpoint[] {
  return [
    {
      method: 'PUT',
      path: '/v1/agent/service/register',
      handle: ({ body, query }) => {
        const { instance, checks } = readRegistration(Fields.parse(body));
        const replaceChecks = query.flag('replace-existing-checks');
        registry.register(instance, checks, { replaceChecks });
        return DONE;
      },
    },
    {
      method: 'PUT',
      path: '/v1/agent/service/deregister/*',
      handle: (request) => {
        registry.deregister(ownServiceId(request));
        return DONE;
      },
    },
    {
      method: 'PUT',
      path: '/v1/agent/service/maintenance/*',
      handle: (request) => {
        if (!request.query.has('enable')) throw new Refusal(400, 'Missing value for enable');
        const on = request.query.flag('enable');
        const reason = request.query.get('reason').slice(0, REGISTRY_LIMITS.notesBytes);
        registry.setMaintenance(
          ownServiceId(request),
          on ? { reason: reason || NO_REASON } : undefined,
        );
        return DONE;
      },
    },
    {
      method: 'GET',
      path: '/v1/agent/services',
      handle: () => ({
        json: Object.fromEntries(
          ownInstances(registry).map((instance) => [instance.id, agentServiceShape(instance)]),
        ),
      }),
    },
    {
      method: 'GET',
      path: '/v1/agent/service/*',
      handle: ({ name }) => {
        const instance = registry.catalog.instance(name);
        if (instance === undefined || name === CONSUL_SERVICE) {
          throw new Refusal(404, `unknown service ID: ${name}`);
        }
        const shape = agentServiceShape(instance);
        return { json: { ...shape, ContentHash: contentHash(shape) } };
      },
    },
  ];
}

/** All but `consul`, which is the server's and no agent's. */
function ownInstances(registry: Registry): Instance[] {
  return [...registry.catalog.instances()].filter(({ id }) => id !== CONSUL_SERVICE);
}

function ownServiceId({ name }: ApiRequest): string {
  if (name === '') throw new Refusal(400, 'Missing service ID');
  if (name === CONSUL_SERVICE) throw new Refusal(400, `"${name}" is the registry's own service`);
  return name;
}

function contentHash(shape: object): string {
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 16);
}
