import { accepted, type Decision, refused, sameFact, taken } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointRegistered, ReplayRequested } from './events.ts';
import type { Hooks } from './hooks.ts';
import { numbered } from './numbered.ts';
import { targetFault, type TargetRules } from './target.ts';

export function registerEndpoint(
  hooks: Hooks,
  wanted: EndpointRegistered,
  rules: TargetRules,
): Decision {
  const { endpointId } = wanted;
  const endpoint = hooks.endpoint(endpointId);
  if (endpoint !== undefined) {
    return taken(endpointId, { same: isAsRegistered(endpoint, wanted), code: 'endpoint-exists' });
  }
  const fault = targetFault(wanted.url, rules);
  if (fault !== undefined) return refused('target-refused', fault);
  return accepted(endpointId, [{ type: 'endpoint-registered', data: wanted }]);
}

/** @param rotation with the time the secrets before it still count */
export function rotateEndpointSecret(
  hooks: Hooks,
  rotation: { endpointId: string; keyId: string; overlapMs: number },
  nowMs: number,
): Decision {
  const { endpointId, keyId, overlapMs } = rotation;
  return onEndpoint(hooks, endpointId, ({ secrets }) => {
    const version = secrets.current.version + 1;
    const previousUntil = new Date(nowMs + overlapMs).toISOString();
    const data = { endpointId, version, keyId, previousUntil };
    return accepted(numbered(endpointId, version), [{ type: 'endpoint-secret-rotated', data }]);
  });
}

export function disableEndpoint(hooks: Hooks, endpointId: string): Decision {
  return onEndpoint(hooks, endpointId, ({ status }) => {
    if (status === 'disabled') return refused('endpoint-disabled', `${endpointId} is disabled`);
    const data = { endpointId, reason: 'requested' } as const;
    return accepted(endpointId, [{ type: 'endpoint-disabled', data }]);
  });
}

export function enableEndpoint(hooks: Hooks, endpointId: string): Decision {
  return onEndpoint(hooks, endpointId, ({ status }) => {
    if (status === 'enabled') return refused('endpoint-enabled', `${endpointId} is enabled`);
    return accepted(endpointId, [{ type: 'endpoint-enabled', data: { endpointId } }]);
  });
}

export function requestReplay(hooks: Hooks, wanted: ReplayRequested): Decision {
  const { endpointId, afterPosition = 0, upToPosition } = wanted;
  return onEndpoint(hooks, endpointId, () => {
    if (upToPosition !== undefined && upToPosition <= afterPosition) {
      return refused('range-empty', 'upToPosition is not after afterPosition');
    }
    return accepted(endpointId, [{ type: 'replay-requested', data: wanted }]);
  });
}

/** Registered with these very facts, and its first secret is still the one that counts. */
function isAsRegistered({ secrets, ...endpoint }: Endpoint, wanted: EndpointRegistered): boolean {
  const { endpointId, url, eventTypes, description } = endpoint;
  const { version, keyId } = secrets.current;
  return version === 1 && sameFact({ endpointId, url, eventTypes, description, keyId }, wanted);
}

function onEndpoint(
  hooks: Hooks,
  endpointId: string,
  decide: (endpoint: Endpoint) => Decision,
): Decision {
  const endpoint = hooks.endpoint(endpointId);
  if (endpoint === undefined) return refused('endpoint-unknown', `no endpoint ${endpointId}`);
  return decide(endpoint);
}
