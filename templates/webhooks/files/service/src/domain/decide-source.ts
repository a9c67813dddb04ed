import { accepted, type Decision, refused } from './decision.ts';
import type { Received, SourceAdded } from './events.ts';
import type { Hooks } from './hooks.ts';
import { numbered } from './numbered.ts';

export function addSource(hooks: Hooks, { source, keyId }: SourceAdded): Decision {
  const known = hooks.source(source);
  if (known === undefined) {
    return accepted(source, [{ type: 'source-added', data: { source, keyId } }]);
  }
  const { current } = known.secrets;
  if (current.version === 1 && current.keyId === keyId) {
    return { outcome: 'known', resourceId: source };
  }
  return refused('source-exists', `${source} exists, with another secret by now`);
}

/** @param rotation with the time the secrets before it still count */
export function rotateSourceSecret(
  hooks: Hooks,
  rotation: { source: string; keyId: string; overlapMs: number },
  nowMs: number,
): Decision {
  const { source, keyId, overlapMs } = rotation;
  const known = hooks.source(source);
  if (known === undefined) return refused('source-unknown', `no source ${source}`);
  const version = known.secrets.current.version + 1;
  const previousUntil = new Date(nowMs + overlapMs).toISOString();
  const data = { source, version, keyId, previousUntil };
  return accepted(numbered(source, version), [{ type: 'source-secret-rotated', data }]);
}

/** Takes a message whose signature was found good: once, however often it comes. */
export function receiveMessage(hooks: Hooks, wanted: Received): Decision {
  const { source, messageId, digest } = wanted;
  const known = hooks.message(source, messageId);
  if (known === undefined) return accepted(messageId, [{ type: 'received', data: wanted }]);
  if (known.digest === digest) return { outcome: 'known', resourceId: messageId };
  return refused('message-differs', `${messageId} was received before with another body`);
}
