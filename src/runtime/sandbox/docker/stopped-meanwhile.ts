import type { Container } from 'dockerode';
import { FintechError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/time.ts';
import { until } from '../readiness.ts';
import type { ProjectEngine } from './project-engine.ts';

/** What another shell removes fails in many words first, and is gone soon after. */
const GONE_MS = 1000;

/** Of a sandbox that another shell stopped while this one waits for it. */
export function stoppedMeanwhile(): FintechError {
  return new FintechError('SANDBOX_NOT_RUNNING', 'the sandbox was stopped meanwhile', {
    hint: 'Run `fintech up`.',
  });
}

/** Whether a container whose start failed, failed because it is being removed. */
export function vanishes(
  container: Container,
  { engine, clock }: { engine: ProjectEngine; clock: Clock },
): Promise<boolean> {
  const isGone = async () => (await engine.inspect(container)) === undefined;
  const signal = AbortSignal.timeout(GONE_MS);
  return until(isGone, { clock, signal }).then(
    () => true,
    () => false,
  );
}
