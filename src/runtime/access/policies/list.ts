import { demandAuthentication } from './acr.ts';
import { demandActor } from './actor.ts';
import { demandBinding } from './binding.ts';
import { demandClient, demandOwner, demandSoleAudience, limitLifetime } from './claim-policies.ts';
import { demandConsent } from './consent.ts';
import type { AccessPolicies, Policy } from './contract.ts';
import { demandActive } from './revocation.ts';
import { demandSingleUse } from './single-use.ts';

/**
 * The policies that are on, in the order they are asked: what the token says, who holds it, what
 * its issuer says, and last what is used up by asking. `encryption` comes before all of them.
 */
export function policiesOf(policies: AccessPolicies): Policy[] {
  return [
    ...on(policies.lifetime, limitLifetime),
    ...on(policies['sole-audience'], () => demandSoleAudience),
    ...on(policies.client, demandClient),
    ...on(policies.actor, demandActor),
    ...on(policies.acr, demandAuthentication),
    ...on(policies.consent, demandConsent),
    ...on(policies.ownership, demandOwner),
    // Always on: a bound token whose proof nobody checks is refused.
    demandBinding(policies),
    ...on(policies.revocation, demandActive),
    ...on(policies['single-use'], demandSingleUse),
  ];
}

function on<S>(setting: S | undefined, make: (setting: S) => Policy): Policy[] {
  return setting === undefined ? [] : [make(setting)];
}
