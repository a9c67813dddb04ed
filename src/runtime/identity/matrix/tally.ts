import {
  HOLES,
  type MatrixVerdict,
  SHOT_OUTCOMES,
  type ShotOutcome,
  type ShotReport,
  type TargetReport,
} from '../../../model/matrix-report.ts';
import type { MatrixOptions } from './contract.ts';
import { GOOD_ENTRY } from './shots.ts';

/** Above this share of shots that could not be judged, nothing is said of the API. */
const MAX_UNJUDGED_SHARE = 0.1;

/** @param refused why the good token was not accepted, so that nothing else was sent */
export function reportOf(
  { target: { name, method, url }, source }: MatrixOptions,
  shots: ShotReport[],
  refused: string | undefined,
): TargetReport {
  const counts = countsOf(shots);
  const reason = refused ?? whyInconclusive(counts) ?? whyUnbound(shots);
  const faults = refused === undefined ? HOLES : new Set<ShotOutcome>(['token-leaked']);
  const isHole = shots.some(({ outcome }) => faults.has(outcome));
  const verdict: MatrixVerdict = isHole ? 'holes' : reason === null ? 'tight' : 'inconclusive';
  return {
    name: name ?? null,
    method,
    url: `${url.origin}${url.pathname}`,
    issuer: source.issuer,
    verdict,
    reason: reason ?? null,
    counts,
    shots,
  };
}

function countsOf(shots: readonly ShotReport[]): Record<ShotOutcome, number> {
  const count = (outcome: ShotOutcome) => shots.filter((shot) => shot.outcome === outcome).length;
  return Object.fromEntries(SHOT_OUTCOMES.map((outcome) => [outcome, count(outcome)])) as Record<
    ShotOutcome,
    number
  >;
}

function whyInconclusive(counts: Record<ShotOutcome, number>): string | null {
  const unjudged = counts['not-judged'];
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const sent = all - counts['not-run'];
  if (unjudged > sent * MAX_UNJUDGED_SHARE) {
    return `${unjudged} of ${sent} shots could not be judged: no answer, 429, 502, 503 or 504.`;
  }
  // The good token is one of those that were sent.
  return sent - unjudged > 1 ? null : 'Nothing but the good token was judged.';
}

/** That the API knows DPoP was said with `--has`. */
function whyUnbound(shots: readonly ShotReport[]): string | null {
  const twin = shots.find(({ id }) => id === `${GOOD_ENTRY.id}/dpop`);
  const isTaken = twin === undefined || twin.answer === null || twin.outcome !== 'not-run';
  return isTaken ? null : `A good token bound by DPoP was not accepted (${twin.answer?.status}).`;
}
