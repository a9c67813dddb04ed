import { type ErrorCode, FintechError } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import { probe } from './readiness.ts';

/** A unit that did not get ready, with the last lines it logged. */
export interface FailedUnit {
  name: string;
  lastLines: readonly string[];
}

/** @param why what follows the unit's name in a sentence */
export function unitFailure(
  code: ErrorCode,
  { name, lastLines }: FailedUnit,
  { why, hint }: { why: string; hint: string },
): FintechError {
  return new FintechError(code, [`${name} ${why}`, ...lastLines].join('\n'), {
    hint,
    details: { unit: name, lastLines },
  });
}

export function crashFailure(unit: FailedUnit, why: string | undefined): FintechError {
  const { name } = unit;
  const hint = `Mend ${name}, then run \`fintech up\`; \`fintech logs ${name}\` has all it printed.`;
  return unitFailure('SANDBOX_UNIT_FAILED', unit, { why: `crashed: ${why}`, hint });
}

/** Says which half of being ready the unit lacks. */
export async function timeoutFailure(
  unit: FailedUnit,
  { url, timeoutMs }: { url: string; timeoutMs: number },
): Promise<FintechError> {
  const { name } = unit;
  const missing = (await probe(url))
    ? `it answers, but has not registered as "${name}" in the registry`
    : `${url} does not answer 200`;
  return unitFailure('SANDBOX_TIMEOUT', unit, {
    why: `was not ready after ${formatDuration(timeoutMs)}: ${missing}`,
    hint: `See \`fintech logs ${name}\`, or give it longer with --timeout.`,
  });
}
