import type { Check, CheckSettings } from '../contract.ts';
import { Evidence } from '../evidence.ts';
import type { FactKind } from '../facts.ts';

/** Facts that the default vocabulary never makes, and what readable logs have none of. */
const NEVER: ReadonlySet<FactKind> = new Set<FactKind>([
  'damage',
  'movement',
  'statement',
  'saga',
  'consumer',
]);

/**
 * What a check says of logs that hold nothing it needs: it is started and ended without a fact.
 * @returns undefined where there may be facts for it, or it finds something all the same
 */
export function evidenceWithoutFacts(
  check: Check,
  { settings, logs }: { settings: CheckSettings; logs: number },
): Evidence | undefined {
  // Without a checkpoint that check looks at no line.
  const hasNothing =
    check.id === 'log/checkpoint'
      ? settings.checkpoint === undefined
      : check.needs.every((kind) => NEVER.has(kind));
  if (!hasNothing) return undefined;
  const said = new Evidence(0);
  const runs = check.scope === 'log' ? logs : 1;
  for (let run = 0; run < runs; run++) check.start(said, settings).finish?.();
  return said.counts.found === 0 && !said.isFaulty ? said : undefined;
}
