import type { Fields } from './fields.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { readName, refuseOtherTenants } from './naming.ts';
import { cutOutput } from './output.ts';
import { type CheckDraft, type CheckStatus, isCheckStatus, isReservedCheck } from './records.ts';
import { notSupported, Refusal } from './refusal.ts';

const UNSUPPORTED = [
  'HTTP TCP UDP GRPC H2PING Args Script ScriptArgs DockerContainerID OSService AliasService AliasNode',
  'OutputMaxSize SuccessBeforePassing FailuresBeforeWarning FailuresBeforeCritical',
].flatMap((names) => names.split(' '));

/** The `Check` and `Checks` of a service, with the IDs and names Consul gives them. */
export function readServiceChecks(
  fields: Fields,
  service: { id: string; name: string },
): CheckDraft[] {
  const single = fields.isMeaningful('Check') ? [fields.object('Check')] : [];
  const listed = fields.objects('Checks', REGISTRY_LIMITS.checksPerRegistration);
  const all = [...single, ...listed].filter((check) => check !== undefined);
  const checks = all.map((check, index) => {
    const number = all.length > 1 ? `:${index + 1}` : '';
    return readCheck(check, {
      id: readName(check, 'CheckID') || `service:${service.id}${number}`,
      name: readName(check, 'Name') || `Service '${service.name}' check`,
      serviceId: service.id,
    });
  });
  if (new Set(checks.map(({ id }) => id)).size < checks.length) {
    throw new Refusal(400, 'Invalid check: two checks have the same CheckID');
  }
  return checks;
}

/** Reads the body of `PUT /v1/agent/check/register`. */
export function readCheckRegistration(fields: Fields): CheckDraft {
  refuseOtherTenants(fields);
  const name = readName(fields, 'Name');
  if (name === '') throw new Refusal(400, 'Missing check name');
  const id = readName(fields, 'ID') || readName(fields, 'CheckID') || name;
  return readCheck(fields, { id, name, serviceId: readName(fields, 'ServiceID') });
}

/** @throws Refusal 400 for what is no status */
export function readStatus(text: string): CheckStatus {
  if (isCheckStatus(text)) return text;
  throw new Refusal(400, `Invalid check status: ${JSON.stringify(text.slice(0, 40))}`);
}

function readCheck(
  fields: Fields,
  identity: { id: string; name: string; serviceId: string },
): CheckDraft {
  for (const name of UNSUPPORTED) {
    if (fields.isMeaningful(name)) throw notSupported(`check field ${JSON.stringify(name)}`);
  }
  if (isReservedCheck(identity.id)) {
    throw new Refusal(400, `Invalid check: the registry keeps CheckID ${identity.id} for itself`);
  }
  const ttlMs = fields.duration('TTL');
  if (ttlMs === 0) throw new Refusal(400, 'Invalid check: TTL must be > 0 for TTL checks');
  if (fields.duration('Interval') > 0) {
    throw new Refusal(400, 'Invalid check: Interval and TTL cannot both be specified');
  }
  const status = fields.text('Status');
  return {
    ...identity,
    notes: fields.text('Notes', REGISTRY_LIMITS.notesBytes),
    type: 'ttl',
    ttlMs,
    deregisterAfterMs: fields.duration('DeregisterCriticalServiceAfter'),
    status: status === '' ? undefined : readStatus(status),
    output: cutOutput(fields.text('Output', REGISTRY_LIMITS.bodyBytes)),
  };
}
