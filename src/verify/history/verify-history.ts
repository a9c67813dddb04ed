import type { CheckReport, Finding, Report } from '../../model/verify-report.ts';
import type { Proof } from '../contract.ts';
import { Evidence } from '../evidence.ts';
import type { EventRef } from '../facts.ts';
import { digestOf } from '../report/digest.ts';
import { plainJson } from '../report/plain-json.ts';
import { HISTORY_CHECKS } from './catalogue.ts';
import type { HistoryCheck, HistorySettings } from './contract.ts';
import type { History } from './operation.ts';

export interface VerifyHistoryOptions extends HistorySettings {
  allowEmpty: boolean;
  /** Where the history was read from; undefined where that is no file. */
  file: string | undefined;
  /** The command that shows the findings again. */
  reproduce: string;
}

/** The checks that the model of a history has. */
export function checksFor(model: HistorySettings['model']): readonly HistoryCheck[] {
  return HISTORY_CHECKS.filter(({ models }) => models.includes(model));
}

/**
 * Judges what concurrent clients saw.
 * @throws FintechError VERIFY_SOURCE for an operation that the model does not have
 */
export async function verifyHistory(
  history: History,
  options: VerifyHistoryOptions,
): Promise<Report> {
  const judged = checksFor(options.model).map((check) => ({
    check,
    said: new Evidence(options.maxFindings),
  }));
  for (const { check, said } of judged) await check.judge(history, said, options);
  const eventAt = readerOf(history);
  const verdicts = new Set(judged.map(({ said }) => said.verdict));
  const isAllowed = options.allowEmpty && history.records === 0;
  return {
    verdict: isAllowed
      ? 'consistent'
      : ((['inconsistent', 'inconclusive'] as const).find((bad) => verdicts.has(bad)) ??
        'consistent'),
    events: history.records,
    head: history.head?.position ?? null,
    checks: judged.map(({ check, said }) => reportOf(check, said)),
    findings: judged.flatMap(({ check, said }) =>
      said.proofs.toSorted(inOrder).map((proof) => findingOf(proof, { check, eventAt, options })),
    ),
  };
}

function reportOf({ id, unit }: HistoryCheck, said: Evidence): CheckReport {
  const { checked, skipped, found } = said.counts;
  const nothing = checked === 0 && skipped === 0 ? `the history holds no ${unit}` : null;
  return { id, verdict: said.verdict, checked, skipped, reason: said.reason ?? nothing, found };
}

/** Reads a record again by its place: several may stand on one line. */
function readerOf({ operations, parse }: History): (ref: EventRef) => unknown[] {
  let texts: ReadonlyMap<EventRef, string> | undefined;
  return (ref) => {
    texts ??= new Map(
      operations
        .flatMap(({ call, end }) => (end === undefined ? [call] : [call, end]))
        .map(({ at, text }) => [at, text]),
    );
    const node = parse(texts.get(ref) ?? '');
    return node === undefined ? [] : [plainJson(node)];
  };
}

function inOrder(a: Proof, b: Proof): number {
  return (a.events.at(-1)?.line ?? 0) - (b.events.at(-1)?.line ?? 0);
}

function locationOf(file: string | undefined, { events }: Proof): Pick<Finding, 'location'> {
  const line = events.at(-1)?.line;
  if (file === undefined || line === undefined) return {};
  return { location: /\.(?:gz|zst)$/i.test(file) ? { file } : { file, line } };
}

function findingOf(
  proof: Proof,
  {
    check,
    eventAt,
    options,
  }: {
    check: HistoryCheck;
    eventAt: (ref: EventRef) => unknown[];
    options: VerifyHistoryOptions;
  },
): Finding {
  return {
    check: check.id,
    severity: check.severity,
    message: proof.message,
    positions: proof.events.map(({ position }) => position),
    streams: [],
    expected: proof.expected,
    actual: proof.actual,
    events: proof.events.flatMap(eventAt),
    digest: digestOf(check.id, proof.keys),
    ...locationOf(options.file, proof),
    reproduce: options.reproduce,
  };
}
