import { CONSUL_SERVICE, SERF_CHECK, type Check, type Instance } from './records.ts';

/** The `consul` service every Consul datacenter has; tools expect it in their lists. */
export function consulInstance(index: number): Instance {
  return {
    id: CONSUL_SERVICE,
    name: CONSUL_SERVICE,
    tags: [],
    address: '',
    port: 8300,
    meta: {},
    taggedAddresses: {},
    weights: { passing: 1, warning: 1 },
    enableTagOverride: false,
    createIndex: index,
    modifyIndex: index,
  };
}

/** The check of the node itself, which stands first among the checks of every instance. */
export function serfCheck(index: number): Check {
  return {
    id: SERF_CHECK,
    name: 'Serf Health Status',
    notes: '',
    serviceId: '',
    type: 'node',
    ttlMs: 0,
    deregisterAfterMs: 0,
    status: 'passing',
    output: 'Agent alive and reachable',
    createIndex: index,
    modifyIndex: index,
  };
}
