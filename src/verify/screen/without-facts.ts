import type { Check, CheckSettings } from '../contract.ts';
import { Evidence } from '../evidence.ts';

/**
 * What a check says of logs that hold nothing for it: it is started and ended without a fact.
 * @returns undefined where it finds something all the same
 */
export function evidenceWithoutFacts(
  check: Check,
  { settings, logs }: { settings: CheckSettings; logs: number },
): Evidence | undefined {
  const said = new Evidence(0);
  const runs = check.scope === 'log' ? logs : 1;
  for (let run = 0; run < runs; run++) check.start(said, settings).finish?.();
  return said.counts.found === 0 && !said.isFaulty ? said : undefined;
}
