import { defineCheck } from './checks/define.ts';
import type { CheckRun, CheckSettings } from './contract.ts';
import type { FactKind, FactOf } from './facts.ts';
import { replay } from './replay.ts';
import type { Source } from './source/source.ts';

export interface FoldOptions<K extends FactKind> {
  needs: readonly K[];
  run: CheckRun<FactOf<K>>;
  settings: CheckSettings;
  signal: AbortSignal;
  onProgress: (events: number) => void;
}

/**
 * Reads the sources in order, once, and hands one run the facts it needs, just as a check gets them.
 * @returns how many events were read
 * @throws FintechError VERIFY_SOURCE
 */
export async function foldFacts<K extends FactKind>(
  sources: readonly Source[],
  { needs, run, ...options }: FoldOptions<K>,
): Promise<number> {
  const fold = defineCheck<K>({
    id: 'replay/fold',
    title: 'Folds, and judges nothing',
    severity: 'medium',
    scope: 'all',
    needs,
    unit: 'events',
    reads: [],
    isKeyed: false,
    implies: [],
    about: { proves: '', skips: '', notFooledBy: '' },
    start: () => run,
  });
  const { events } = await replay(sources, { ...options, checks: [fold], maxProofs: 0 });
  return events;
}
