/** Health of a check, and of an instance as the worst of its checks. */
export const CHECK_STATUSES = ['passing', 'warning', 'critical'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export function isCheckStatus(text: string): text is CheckStatus {
  return (CHECK_STATUSES as readonly string[]).includes(text);
}

/** When a record was made and last changed, in terms of the registry's index. */
export interface Stamps {
  readonly createIndex: number;
  readonly modifyIndex: number;
}

export interface TaggedAddress {
  readonly address: string;
  readonly port: number;
}

/** One running copy of a service, as its owner registered it. Holds no undefined member. */
export interface InstanceDraft {
  /** Unique on this node. */
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** Empty means the node's own address. */
  readonly address: string;
  readonly port: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly taggedAddresses: Readonly<Record<string, TaggedAddress>>;
  readonly weights: { readonly passing: number; readonly warning: number };
  readonly enableTagOverride: boolean;
}
export type Instance = InstanceDraft & Stamps;

/** `ttl` is kept alive by its owner, `maintenance` is set by an operator, `node` is the registry's own. */
type CheckType = 'ttl' | 'maintenance' | 'node';

/** A check as it was asked for. Without a status it keeps the one it has, or starts critical. */
export interface CheckDraft {
  /** Unique on this node. */
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  /** Empty for a check of the whole node. */
  readonly serviceId: string;
  readonly type: CheckType;
  /** 0 unless the type is `ttl`. */
  readonly ttlMs: number;
  /** How long the service may stay critical before it is removed; 0 is for ever. */
  readonly deregisterAfterMs: number;
  readonly status: CheckStatus | undefined;
  readonly output: string;
}

/** A check with its state. Holds no undefined member. */
export type CheckState = Omit<CheckDraft, 'status'> & { readonly status: CheckStatus };
export type Check = CheckState & Stamps;

/** The one node of this registry. */
export interface NodeRecord {
  /** A UUID, kept with the data. */
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly datacenter: string;
  readonly meta: Readonly<Record<string, string>>;
}

export const DATACENTER = 'dc1';
/** Consul registers its own servers as this service, and clients expect it in every list. */
export const CONSUL_SERVICE = 'consul';
/** The node's own liveness check. */
export const SERF_CHECK = 'serfHealth';

const SERVICE_MAINTENANCE = '_service_maintenance:';

export function serviceMaintenanceCheck(serviceId: string): string {
  return SERVICE_MAINTENANCE + serviceId;
}

/** Whether only the registry itself may make a check of this ID. */
export function isReservedCheck(id: string): boolean {
  return [SERF_CHECK, '_node_maintenance'].includes(id) || id.startsWith(SERVICE_MAINTENANCE);
}
