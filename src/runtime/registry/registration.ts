import { isIP } from 'node:net';
import { readServiceChecks } from './check-definition.ts';
import type { Fields } from './fields.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { readName, refuseOtherTenants } from './naming.ts';
import { CONSUL_SERVICE, type CheckDraft, type InstanceDraft } from './records.ts';
import { notSupported, Refusal } from './refusal.ts';

const UNSUPPORTED = ['Kind', 'Proxy', 'Connect', 'Locality', 'SocketPath', 'Ports'];
const PORTS = { min: 0, max: 65_535 };
const META_KEY = /^[A-Za-z0-9_-]+$/;

export interface Registration {
  instance: InstanceDraft;
  checks: CheckDraft[];
}

/**
 * Reads the body of `PUT /v1/agent/service/register`.
 * @throws Refusal 400 for what Consul would refuse, 501 for what this registry cannot do
 */
export function readRegistration(fields: Fields): Registration {
  refuseOtherTenants(fields);
  for (const name of UNSUPPORTED) {
    if (fields.isMeaningful(name)) throw notSupported(`service field ${JSON.stringify(name)}`);
  }
  const name = readName(fields, 'Name');
  if (name === '') throw new Refusal(400, 'Missing service name');
  const id = readName(fields, 'ID') || name;
  if ([id, name.toLowerCase()].includes(CONSUL_SERVICE)) {
    throw new Refusal(400, `${JSON.stringify(CONSUL_SERVICE)} is the registry's own service`);
  }
  const instance: InstanceDraft = {
    id,
    name,
    tags: fields.texts('Tags', { count: REGISTRY_LIMITS.tags, bytes: REGISTRY_LIMITS.tagBytes }),
    address: readAddress(fields),
    port: fields.integer('Port', PORTS),
    meta: readMeta(fields),
    taggedAddresses: readTaggedAddresses(fields),
    weights: readWeights(fields),
    enableTagOverride: fields.flag('EnableTagOverride'),
  };
  return { instance, checks: readServiceChecks(fields, instance) };
}

function readAddress(fields: Fields): string {
  const address = readName(fields, 'Address');
  const everywhere = isIP(address) !== 0 && /^[0.:]+$/.test(address);
  if (everywhere) {
    throw new Refusal(400, `Invalid service address: no client can connect to ${address}`);
  }
  return address;
}

function readMeta(fields: Fields): Record<string, string> {
  const pairs = fields.entries('Meta');
  const { metaPairs } = REGISTRY_LIMITS;
  if (pairs.length > metaPairs) {
    throw invalidMeta(`Service metadata cannot contain more than ${metaPairs} key/value pairs`);
  }
  return Object.fromEntries(pairs.map(([key, value]) => [key, readMetaValue(key, value)]));
}

function readMetaValue(key: string, value: unknown): string {
  const fault = metaFault(key, value);
  if (typeof value === 'string' && fault === undefined) return value;
  throw invalidMeta(`Couldn't load metadata pair (${JSON.stringify(key)}): ${fault}`);
}

function metaFault(key: string, value: unknown): string | undefined {
  const { metaKeyCharacters, metaValueCharacters } = REGISTRY_LIMITS;
  if (key === '') return 'Key cannot be blank';
  if (!META_KEY.test(key)) return 'Key contains invalid characters';
  if (key.length > metaKeyCharacters)
    return `Key is too long (limit: ${metaKeyCharacters} characters)`;
  if (key.startsWith('consul-')) return "Key prefix 'consul-' is reserved for internal use";
  if (typeof value !== 'string') return 'Value must be a string';
  if (value.length > metaValueCharacters) {
    return `Value is too long (limit: ${metaValueCharacters} characters)`;
  }
  return undefined;
}

function invalidMeta(detail: string): Refusal {
  return new Refusal(400, `Invalid Service Meta: ${detail}`);
}

function readTaggedAddresses(fields: Fields): InstanceDraft['taggedAddresses'] {
  const entries = fields.objectEntries('TaggedAddresses');
  if (entries.length > REGISTRY_LIMITS.taggedAddresses) {
    throw new Refusal(400, `At most ${REGISTRY_LIMITS.taggedAddresses} TaggedAddresses`);
  }
  return Object.fromEntries(
    entries.map(([tag, entry]) => [
      tag,
      { address: entry.text('Address'), port: entry.integer('Port', PORTS) },
    ]),
  );
}

function readWeights(fields: Fields): InstanceDraft['weights'] {
  const weights = fields.object('Weights');
  if (weights === undefined) return { passing: 1, warning: 1 };
  return {
    passing: weights.integer('Passing', { min: 1, max: 65_535 }, 1),
    warning: weights.integer('Warning', { min: 0, max: 65_535 }),
  };
}
