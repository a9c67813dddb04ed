import { expiryMs } from '../claims.ts';
import { refused } from '../refusal-text.ts';
import type { Policy } from './contract.ts';
import type { ReplayMemory } from './replay-memory.ts';

/** RFC 7519 §4.1.7: `jti` tells one token from another. It is taken even if its scopes fall short. */
export function demandSingleUse(memory: ReplayMemory): Policy {
  return ({ claims: { iss, jti, exp }, nowMs }) => {
    const taken = memory.take(JSON.stringify([iss, jti]), expiryMs(exp), nowMs);
    if (taken === 'new') return undefined;
    return taken === 'seen' ? refused('replayed', 'jti') : refused('memory-full');
  };
}
