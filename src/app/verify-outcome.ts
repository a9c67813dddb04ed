import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Verification } from './verify-reports.ts';

/** What was verified, and the failure its verdict is. */
export function outcomeOf(verification: Verification): Outcome<Verification> {
  const { verdict, checks, findings, interrupted } = verification.report;
  if (interrupted === true) {
    const failure = new FintechError('INTERRUPTED', verification.sentence, {
      hint: 'Run it again when you are ready.',
    });
    return { data: verification, failure };
  }
  if (verdict === 'consistent') return { data: verification };
  if (verdict === 'inconclusive') {
    const failure = new FintechError('VERIFY_INCONCLUSIVE', verification.sentence, {
      hint: verification.notChecked,
    });
    return { data: verification, failure };
  }
  const found = Object.fromEntries(
    checks.filter(({ found }) => found > 0).map(({ id, found }) => [id, found]),
  );
  const failure = new FintechError('VERIFY_INCONSISTENT', verification.sentence, {
    hint: `Show one alone: ${findings[0]?.reproduce ?? ''}`,
    details: { found },
  });
  return { data: verification, failure };
}
