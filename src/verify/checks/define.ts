import type { Check } from '../contract.ts';
import type { FactKind } from '../facts.ts';

/** A check whose `take` is typed by the facts it names in `needs`; a run is handed no others. */
export function defineCheck<const K extends FactKind>(check: Check<K>): Check;
export function defineCheck(check: Check): Check {
  return check;
}
