import type { ShotReport, TargetReport } from '../../../model/matrix-report.ts';
import { GOOD, type MatrixOptions } from './contract.ts';
import { Range } from './range.ts';
import { openLine, type SendLimits } from './send.ts';
import { GOOD_ENTRY, type Shot, shotsOf } from './shots.ts';
import { reportOf } from './tally.ts';

/**
 * Sends the good token, then every defect that means something, one after the other, and judges
 * the answers. Interrupted, it tells what it had by then.
 */
export async function runMatrix(
  options: MatrixOptions,
  limits?: SendLimits,
): Promise<TargetReport> {
  await using line = openLine(options, limits);
  const range = new Range(options, line);
  const good: Shot = { entry: GOOD_ENTRY, kind: GOOD, make: () => options.source.good() };
  let first = await range.shoot(good);
  // An API may take bound tokens only (RFC 9449 §6).
  const isBound = !wasTaken(first, options) && options.has.has('dpop') && options.source.bindAll();
  if (isBound) first = await range.shoot(good);
  const rest = shotsOf(options, isBound);
  if (!wasTaken(first, options)) {
    const reason = `The good token was not accepted. ${first.explanation}`;
    return reportOf(options, [first], reason);
  }
  const shots = [first];
  for (const shot of rest) {
    shots.push(await range.shoot(shot));
    options.onShot?.(shots.length, rest.length + 1);
  }
  return reportOf(options, shots, undefined);
}

/** Whether the API let it in, whatever else is wrong with the answer. */
function wasTaken({ outcome, answer }: ShotReport, { rules }: MatrixOptions): boolean {
  if (outcome === 'accepted') return true;
  return outcome === 'token-leaked' && answer !== null && rules.accepts(answer.status);
}
