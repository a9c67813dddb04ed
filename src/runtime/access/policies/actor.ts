import { refused } from '../refusal-text.ts';
import type { Policy } from './contract.ts';

/** Who may act for a subject (RFC 8693 §4.1, §4.4). */
export interface ActorPolicy {
  /** One of them must be the current actor, the outermost `act.sub`. */
  allowed: ReadonlySet<string>;
  /** Whether `may_act` must name that actor too; where it is there, it must in any case. */
  mayAct?: 'required';
}

const MAX_CHAIN = 8;

/** Actors of the past, nested in `act`, decide nothing (§4.1), but must be well-formed. */
export function demandActor({ allowed, mayAct }: ActorPolicy): Policy {
  return ({ claims }) => {
    const actor = subjectOf(claims['act']);
    if (actor === undefined || !allowed.has(actor)) return refused('actor', 'act');
    if (!isChain(claims['act'])) return refused('actor', 'act');
    if (claims['may_act'] === undefined && mayAct !== 'required') return undefined;
    return subjectOf(claims['may_act']) === actor ? undefined : refused('actor', 'may_act');
  };
}

function isChain(act: unknown): boolean {
  let link = act;
  for (let length = 0; link !== undefined; length++) {
    if (length === MAX_CHAIN || subjectOf(link) === undefined) return false;
    link = (link as { act?: unknown }).act;
  }
  return true;
}

function subjectOf(party: unknown): string | undefined {
  if (typeof party !== 'object' || party === null || !('sub' in party)) return undefined;
  return typeof party.sub === 'string' && party.sub !== '' ? party.sub : undefined;
}
