import {
  disableEndpoint,
  enableEndpoint,
  registerEndpoint,
  requestReplay,
  rotateEndpointSecret,
} from '../domain/decide-endpoint.ts';
import type { EndpointRegistered, ReplayRequested } from '../domain/events.ts';
import type { Hooks } from '../domain/hooks.ts';
import { numberOf } from '../domain/numbered.ts';
import type { TargetRules } from '../domain/target.ts';
import type { Keyring } from '../signing/keyring.ts';
import type { Command } from './command.ts';

export type NewEndpoint = Omit<EndpointRegistered, 'keyId'>;

export function registerEndpointCommand(
  wanted: NewEndpoint,
  { keyring, rules }: { keyring: Keyring; rules: TargetRules },
): Command<Hooks> {
  const { keyId } = keyring;
  return {
    subjects: () => [wanted.endpointId],
    decide: (hooks) => registerEndpoint(hooks, { ...wanted, keyId }, rules),
    status: 201,
    answer: (_, endpointId) => ({
      ...wanted,
      endpointId,
      secret: keyring.endpointSecret(endpointId, 1),
    }),
  };
}

export interface SecretOverlap {
  /** How long the secrets before the new one still sign. */
  overlapS: number;
}

export function rotateEndpointSecretCommand(
  endpointId: string,
  { overlapS, keyring }: SecretOverlap & { keyring: Keyring },
): Command<Hooks> {
  const rotation = { endpointId, keyId: keyring.keyId, overlapMs: overlapS * 1000 };
  return {
    subjects: () => [endpointId],
    decide: (hooks, { nowMs }) => rotateEndpointSecret(hooks, rotation, nowMs),
    status: 200,
    answer: (_, name) => {
      const version = numberOf(name);
      const secret = keyring.endpointSecret(endpointId, version);
      return { endpointId, secretVersion: version, secret, overlapS };
    },
  };
}

const CHANGES = {
  disable: { decide: disableEndpoint, status: 'disabled' },
  enable: { decide: enableEndpoint, status: 'enabled' },
} as const;

export type EndpointChange = keyof typeof CHANGES;

export function changeEndpointCommand(change: EndpointChange, endpointId: string): Command<Hooks> {
  const { decide, status } = CHANGES[change];
  return {
    subjects: () => [endpointId],
    decide: (hooks) => decide(hooks, endpointId),
    status: 200,
    answer: () => ({ endpointId, status }),
  };
}

export function replayCommand(wanted: ReplayRequested): Command<Hooks> {
  const { endpointId, afterPosition, upToPosition } = wanted;
  return {
    subjects: () => [endpointId],
    decide: (hooks) => requestReplay(hooks, wanted),
    status: 200,
    answer: () => ({
      endpointId,
      ...(afterPosition !== undefined && { afterPosition: String(afterPosition) }),
      ...(upToPosition !== undefined && { upToPosition: String(upToPosition) }),
    }),
  };
}
