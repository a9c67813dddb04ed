import type { Registry } from '../registry.ts';
import type { Endpoint } from './endpoint.ts';
import { memberShape } from './shapes.ts';

/** The Consul release whose HTTP API these answers follow; clients compare it. */
const API_VERSION = '1.20.0';

/** `/v1/agent/self`, `/v1/agent/members` and `/v1/status…`: one server, always its own leader. */
export function agentEndpoints({ node }: Registry): Endpoint[] {
  const leader = `${node.address}:8300`;
  return [
    {
      method: 'GET',
      path: '/v1/agent/self',
      handle: () => ({
        json: {
          Config: {
            Datacenter: node.datacenter,
            PrimaryDatacenter: node.datacenter,
            NodeName: node.name,
            NodeID: node.id,
            Revision: 'fintech-sandbox',
            Server: true,
            Version: API_VERSION,
          },
          DebugConfig: {},
          Member: memberShape(node),
          Meta: node.meta,
          Stats: {},
        },
      }),
    },
    { method: 'GET', path: '/v1/agent/members', handle: () => ({ json: [memberShape(node)] }) },
    { method: 'GET', path: '/v1/status/leader', handle: () => ({ json: leader }) },
    { method: 'GET', path: '/v1/status/peers', handle: () => ({ json: [leader] }) },
  ];
}
