import { counted } from '../../../kernel/counted.ts';
import {
  HOLES,
  type MatrixReport,
  type ShotOutcome,
  type ShotReport,
  type TargetReport,
} from '../../../model/matrix-report.ts';

/** What every report for people is made from. */
export interface MatrixRendering {
  report: MatrixReport;
  /** Of fintech. */
  version: string;
}

/** Outcomes in the order reports tell them, in words. */
export const OUTCOME_WORDS: readonly (readonly [outcome: ShotOutcome, words: string])[] = [
  ['refused', 'refused as they must be'],
  ['accepted', 'accepted as they must be'],
  ['refused-otherwise', 'refused, but otherwise'],
  ['wrongly-accepted', 'wrongly accepted'],
  ['wrongly-refused', 'wrongly refused'],
  ['server-error', 'answered 5xx'],
  ['token-leaked', 'sent the token back'],
  ['called-out', 'fetched what a token names'],
  ['not-judged', 'not judged'],
  ['not-run', 'not run'],
];

export function holesOf({ shots }: TargetReport): ShotReport[] {
  return shots.filter(({ outcome }) => HOLES.has(outcome));
}

/** `GET http://127.0.0.1:9080/v1/payments`, with its name before it. */
export function nameOf({ name, method, url }: TargetReport): string {
  return `${name === null ? '' : `${name}: `}${method} ${url}`;
}

/** `3 holes; of 210 shots 180 refused as they must be, …`. */
export function summaryOf(target: TargetReport): string {
  const { counts, shots } = target;
  const parts = OUTCOME_WORDS.filter(([outcome]) => counts[outcome] > 0).map(
    ([outcome, words]) => `${counts[outcome]} ${words}`,
  );
  const holes = holesOf(target).length;
  return `${holes === 0 ? '' : `${counted(holes, 'holes')}; `}of ${counted(shots.length, 'shots')} ${parts.join(', ')}`;
}

/** Shots that were not run, counted by why. */
export function notRunOf({ shots }: TargetReport): [why: string, count: number][] {
  const missing = shots.filter(({ outcome }) => outcome === 'not-run');
  const byReason = Map.groupBy(missing, ({ explanation }) => explanation);
  return [...byReason].map(([why, all]) => [why.replace(/^Not run: |\.$/g, ''), all.length]);
}

const AREAS: Readonly<Record<string, string>> = {
  g: 'good tokens',
  S: 'S structure, signature',
  C: 'C claims',
  D: 'D DPoP proofs',
  M: 'M client certificates',
  T: 'T transport',
};

/** The shots by area of the catalogue, the first letter of a class. */
export function areasOf({ shots }: TargetReport): { area: string; shots: ShotReport[] }[] {
  const byLetter = Map.groupBy(shots, (shot) => shot.class.slice(0, 1));
  return [...byLetter].map(([letter, all]) => ({ area: AREAS[letter] ?? letter, shots: all }));
}

export function countOf(shots: readonly ShotReport[], ...outcomes: ShotOutcome[]): number {
  return shots.filter(({ outcome }) => outcomes.includes(outcome)).length;
}
