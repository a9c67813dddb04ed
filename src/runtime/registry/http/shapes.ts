import type { Check, Instance, NodeRecord, TaggedAddress } from '../records.ts';
import { DATACENTER } from '../records.ts';

/** The JSON shapes of Consul's HTTP API v1, member by member as its clients read them. */

export function nodeShape(node: NodeRecord, index: number): object {
  return {
    ID: node.id,
    Node: node.name,
    Address: node.address,
    Datacenter: node.datacenter,
    TaggedAddresses: nodeAddresses(node),
    Meta: node.meta,
    CreateIndex: index,
    ModifyIndex: index,
  };
}

/** `Service` of a health entry and of `/v1/catalog/node`. */
export function serviceShape(instance: Instance): object {
  return {
    ID: instance.id,
    Service: instance.name,
    Tags: instance.tags,
    Address: instance.address,
    TaggedAddresses: taggedAddresses(instance),
    Meta: instance.meta,
    Port: instance.port,
    Weights: weights(instance),
    EnableTagOverride: instance.enableTagOverride,
    Proxy: {},
    Connect: {},
    CreateIndex: instance.createIndex,
    ModifyIndex: instance.modifyIndex,
  };
}

/** `/v1/agent/services` and `/v1/agent/service/:id`. */
export function agentServiceShape(instance: Instance): object {
  return {
    ID: instance.id,
    Service: instance.name,
    Tags: instance.tags,
    Meta: instance.meta,
    Port: instance.port,
    Address: instance.address,
    TaggedAddresses: taggedAddresses(instance),
    Weights: weights(instance),
    EnableTagOverride: instance.enableTagOverride,
    Datacenter: DATACENTER,
  };
}

/** The flat entry of `/v1/catalog/service/:name`. */
export function catalogServiceShape(instance: Instance, node: NodeRecord): object {
  return {
    ID: node.id,
    Node: node.name,
    Address: node.address,
    Datacenter: node.datacenter,
    TaggedAddresses: nodeAddresses(node),
    NodeMeta: node.meta,
    ServiceKind: '',
    ServiceID: instance.id,
    ServiceName: instance.name,
    ServiceTags: instance.tags,
    ServiceAddress: instance.address,
    ServiceTaggedAddresses: taggedAddresses(instance),
    ServiceWeights: weights(instance),
    ServiceMeta: instance.meta,
    ServicePort: instance.port,
    ServiceEnableTagOverride: instance.enableTagOverride,
    CreateIndex: instance.createIndex,
    ModifyIndex: instance.modifyIndex,
  };
}

/** @param service the instance the check belongs to; undefined for a check of the node */
export function checkShape(check: Check, node: NodeRecord, service: Instance | undefined): object {
  return {
    Node: node.name,
    CheckID: check.id,
    Name: check.name,
    Status: check.status,
    Notes: check.notes,
    Output: check.output,
    ServiceID: check.serviceId,
    ServiceName: service?.name ?? '',
    ServiceTags: service?.tags ?? [],
    Type: check.type === 'node' ? '' : check.type,
    Interval: '',
    Timeout: '',
    Definition: {},
    CreateIndex: check.createIndex,
    ModifyIndex: check.modifyIndex,
  };
}

/** The one member of the cluster: this server. */
export function memberShape(node: NodeRecord): object {
  return {
    Name: node.name,
    Addr: node.address,
    Port: 8301,
    Tags: { dc: node.datacenter, id: node.id, role: 'consul' },
    // serf's "alive"
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

function nodeAddresses({ address }: NodeRecord): object {
  return { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address };
}

function taggedAddresses(instance: Instance): object {
  const shape = ({ address, port }: TaggedAddress) => ({ Address: address, Port: port });
  return Object.fromEntries(
    Object.entries(instance.taggedAddresses).map(([tag, it]) => [tag, shape(it)]),
  );
}

function weights({ weights: { passing, warning } }: Instance): object {
  return { Passing: passing, Warning: warning };
}
