import { isDeepStrictEqual } from 'node:util';
import type { DomainEvent } from './events.ts';
import type { RefusalCode } from './refusals.ts';

/** `detail` is kept with the command's outcome, so it names things but never an amount. */
export interface Refusal {
  code: RefusalCode;
  detail: string;
}

export type Decision =
  | { outcome: 'accepted'; resourceId: string; events: DomainEvent[] }
  /** The very same thing was done before, under its own id: nothing happens again. */
  | { outcome: 'known'; resourceId: string }
  | { outcome: 'refused'; refusal: Refusal };

export function accepted(resourceId: string, events: DomainEvent[]): Decision {
  return { outcome: 'accepted', resourceId, events };
}

export function refused(code: RefusalCode, detail: string): Decision {
  return { outcome: 'refused', refusal: { code, detail } };
}

/** An id that is taken: by the same facts it is known, by others it is refused. */
export function taken(resourceId: string, facts: { same: boolean; code: RefusalCode }): Decision {
  if (facts.same) return { outcome: 'known', resourceId };
  return refused(facts.code, `${resourceId} exists with other content`);
}

/** Whether two facts say the same, whoever asked for them. */
export function sameFact(one: object, other: object): boolean {
  return isDeepStrictEqual(withoutKey(one), withoutKey(other));
}

function withoutKey(fact: object): object {
  return Object.fromEntries(
    Object.entries(fact).filter(
      ([name, value]) => name !== 'idempotencyKey' && value !== undefined,
    ),
  );
}
