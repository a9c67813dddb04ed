import { addSource, receiveMessage, rotateSourceSecret } from '../domain/decide-source.ts';
import { type Decision, refused } from '../domain/decision.ts';
import type { Received } from '../domain/events.ts';
import type { Hooks } from '../domain/hooks.ts';
import { numberOf } from '../domain/numbered.ts';
import type { Keyring } from '../signing/keyring.ts';
import type { Command } from './command.ts';
import type { SecretOverlap } from './endpoint-commands.ts';

export function addSourceCommand(source: string, keyring: Keyring): Command<Hooks> {
  const { keyId } = keyring;
  return {
    subjects: () => [source],
    decide: (hooks) => ourSecret(source, keyring) ?? addSource(hooks, { source, keyId }),
    status: 201,
    answer: () => ({ source, secret: keyring.sourceSecret(source, 1) }),
  };
}

export function rotateSourceSecretCommand(
  source: string,
  { overlapS, keyring }: SecretOverlap & { keyring: Keyring },
): Command<Hooks> {
  const rotation = { source, keyId: keyring.keyId, overlapMs: overlapS * 1000 };
  return {
    subjects: () => [source],
    decide: (hooks, { nowMs }) =>
      ourSecret(source, keyring) ?? rotateSourceSecret(hooks, rotation, nowMs),
    status: 200,
    answer: (_, name) => {
      const version = numberOf(name);
      const secret = keyring.sourceSecret(source, version);
      return { source, secretVersion: version, secret, overlapS };
    },
  };
}

/** 201 for a message that is new, 200 for one that came before. */
export function receiveCommand(received: Received): Command<Hooks> {
  const { source, messageId } = received;
  return {
    subjects: () => [`${source} ${messageId}`],
    decide: (hooks) => receiveMessage(hooks, received),
    status: 201,
    answer: () => ({ source, messageId }),
  };
}

/** Why no secret of ours is made for a source: it signs with one of its own. */
function ourSecret(source: string, keyring: Keyring): Decision | undefined {
  if (!keyring.isDictated(source)) return undefined;
  return refused('secret-dictated', `the secret of ${source} is set by the environment`);
}
