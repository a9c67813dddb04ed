import { readCheckRegistration, readStatus } from '../check-definition.ts';
import { Fields } from '../fields.ts';
import { REGISTRY_LIMITS } from '../limits.ts';
import type { CheckStatus } from '../records.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry.ts';
import { type ApiRequest, DONE, type Endpoint } from './endpoint.ts';
import { checkShape } from './shapes.ts';

const VERBS: Readonly<Record<string, CheckStatus>> = {
  pass: 'passing',
  warn: 'warning',
  fail: 'critical',
};

/** `/v1/agent/check…`: what services say of their own health. */
export function agentCheckEndpoints(registry: Registry): Endpoint[] {
  return [
    {
      method: 'PUT',
      path: '/v1/agent/check/register',
      handle: ({ body }) => {
        registry.registerCheck(readCheckRegistration(Fields.parse(body)));
        return DONE;
      },
    },
    {
      method: 'PUT',
      path: '/v1/agent/check/deregister/*',
      handle: (request) => {
        registry.deregisterCheck(checkId(request));
        return DONE;
      },
    },
    ...Object.entries(VERBS).map(([verb, status]) => reportEndpoint(registry, verb, status)),
    {
      method: 'PUT',
      path: '/v1/agent/check/update/*',
      handle: (request) => {
        const fields = Fields.parse(request.body);
        const status = readStatus(fields.text('Status'));
        registry.report(checkId(request), status, fields.text('Output', REGISTRY_LIMITS.bodyBytes));
        return DONE;
      },
    },
    {
      method: 'GET',
      path: '/v1/agent/checks',
      handle: () => ({
        json: Object.fromEntries(
          [...registry.catalog.checks()]
            .filter(({ type }) => type !== 'node')
            .map((check) => [
              check.id,
              checkShape(check, registry.node, registry.catalog.instance(check.serviceId)),
            ]),
        ),
      }),
    },
  ];
}

function reportEndpoint(registry: Registry, verb: string, status: CheckStatus): Endpoint {
  return {
    method: 'PUT',
    path: `/v1/agent/check/${verb}/*`,
    handle: (request) => {
      registry.report(checkId(request), status, request.query.get('note'));
      return DONE;
    },
  };
}

function checkId({ name }: ApiRequest): string {
  if (name === '') throw new Refusal(400, 'Missing check ID');
  return name;
}
