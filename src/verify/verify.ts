import type { Check, CheckSettings, Proof } from './contract.ts';
import type { Evidence } from './evidence.ts';
import { type CounterexampleFolder, cutCounterexamples } from './counterexamples.ts';
import { gatherFindings } from './report/findings.ts';
import type { CheckReport, Report, Verdict } from '../model/verify-report.ts';
import { severityOf } from './settings.ts';
import { foldFacts } from './fold.ts';
import type { Replay } from './replay.ts';
import type { ScreenSetup } from './screen/screen.ts';
import { screenedReplay } from './screened-replay.ts';
import type { Source } from './source/source.ts';

export interface VerifyOptions {
  checks: readonly Check[];
  settings: CheckSettings;
  /** Checks that must not end inconclusive. */
  required: ReadonlySet<Check>;
  /** Whether findings of medium severity count too. */
  strict: boolean;
  allowEmpty: boolean;
  /** Findings listed of each check; the rest are counted. */
  maxFindings: number;
  /** How a fast screen goes first; undefined: every check is made event by event. */
  screen: ScreenSetup | undefined;
  /** Passes over the logs that one check is made in at most. */
  maxPasses?: number | undefined;
  /** Whether what a proof shows is accepted, by a baseline. */
  accepts?: ((check: Check, proof: Proof) => boolean) | undefined;
  /** Only what touches events behind this position is told; undefined: all. */
  since?: bigint | undefined;
  /** Where the events of each finding go, as a log of their own. */
  counterexamples?: CounterexampleFolder | undefined;
  signal: AbortSignal;
  onProgress: (events: number) => void;
  /** The command that shows the findings of one check again. */
  reproduce: (check: string) => string;
}

/**
 * Replays logs and says whether they are consistent. The same sources and options give the same
 * report, byte for byte.
 * @throws FintechError VERIFY_SOURCE when a source cannot be read
 */
export async function verify(sources: readonly Source[], options: VerifyOptions): Promise<Report> {
  const replayed = await screenedReplay(sources, { ...options, maxProofs: options.maxFindings });
  await shrinkProofs(sources, replayed, options);
  const findings = await gatherFindings(sources, replayed, options);
  if (options.counterexamples !== undefined && !replayed.interrupted) {
    await cutCounterexamples(sources, replayed, { ...options, into: options.counterexamples });
  }
  return {
    verdict: verdictOf(replayed, options),
    events: replayed.events,
    head: replayed.head,
    checks: [...replayed.evidence].map(([check, said]) => reportOf(check, said)),
    findings,
    ...(replayed.interrupted ? { interrupted: true as const } : {}),
  };
}

function verdictOf(
  { evidence, events, interrupted }: Replay,
  { settings, strict, allowEmpty, required }: VerifyOptions,
): Verdict {
  const said = [...evidence];
  const counts = (check: Check) => strict || severityOf(settings.config, check) !== 'medium';
  if (said.some(([check, { verdict }]) => verdict === 'inconsistent' && counts(check))) {
    return 'inconsistent';
  }
  if (interrupted) return 'inconclusive';
  if (events === 0) return allowEmpty ? 'consistent' : 'inconclusive';
  const conclusive = said.filter(([, { verdict }]) => verdict !== 'inconclusive');
  const missing = [...required].some((check) => evidence.get(check)?.verdict === 'inconclusive');
  const faulty = said.some(([, { isFaulty }]) => isFaulty);
  return missing || faulty || conclusive.length === 0 ? 'inconclusive' : 'consistent';
}

/** Reads the sources once more for the checks whose proofs can be made by fewer events. */
async function shrinkProofs(
  sources: readonly Source[],
  { evidence, interrupted }: Replay,
  options: VerifyOptions,
): Promise<void> {
  if (interrupted) return;
  for (const [check, said] of evidence) {
    if (said.proofs.length === 0) continue;
    const run = check.shrink?.(said.proofs, options.settings);
    if (run === undefined) continue;
    await foldFacts(sources, {
      ...options,
      needs: check.needs,
      run: { take: (fact) => run.take(fact) },
    });
    said.replaceProofs(run.finish());
  }
}

function reportOf({ id, unit }: Check, evidence: Evidence): CheckReport {
  const { checked, skipped, found } = evidence.counts;
  const nothing = checked === 0 && skipped === 0 ? `the log holds no ${unit}` : null;
  return {
    id,
    verdict: evidence.verdict,
    checked,
    skipped,
    reason: evidence.reason ?? nothing,
    found,
    ...(evidence.accepted > 0 ? { accepted: evidence.accepted } : {}),
  };
}
