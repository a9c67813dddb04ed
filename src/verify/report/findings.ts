import type { Check, Proof } from '../contract.ts';
import type { EventFact, EventRef } from '../facts.ts';
import { revisit } from '../reading/revisit.ts';
import type { Replay } from '../replay.ts';
import type { Source } from '../source/source.ts';
import { digestOf } from './digest.ts';
import { masked } from '../secrets/masked.ts';
import { plainJson } from './plain-json.ts';
import { type Finding, SEVERITIES, type Severity } from '../../model/verify-report.ts';
import { severityOf } from '../settings.ts';
import type { VerifyOptions } from '../verify.ts';

interface Found {
  check: Check;
  proof: Proof;
  severity: Severity;
}

/**
 * What the checks found, worst first, then in the order of the log. The events are read from their
 * sources once more: the first pass keeps none. Who pressed Ctrl-C does not wait for that.
 */
export async function gatherFindings(
  sources: readonly Source[],
  { evidence, interrupted }: Replay,
  { settings, reproduce }: Pick<VerifyOptions, 'settings' | 'reproduce'>,
): Promise<Finding[]> {
  const found = [...evidence].flatMap(([check, { proofs }]) =>
    proofs.map((proof): Found => {
      const severity = severityOf(settings.config, check, proof);
      return { check, proof, severity };
    }),
  );
  const refs = interrupted ? [] : found.flatMap(({ proof }) => proof.events);
  const events = await readAgain(sources, refs);
  // Whatever check shows the event.
  const masks = new Map(found.flatMap(({ proof }) => [...(proof.masks ?? [])]));
  return found.toSorted(inOrder).map(({ check, proof, severity }) => {
    const shown = proof.events.flatMap((ref) => events.get(keyOf(ref)) ?? []);
    const finding: Finding = {
      check: check.id,
      severity,
      message: proof.message,
      positions: proof.events.map(({ position }) => position),
      streams: [...new Set(shown.flatMap(({ stream }) => stream ?? []))],
      expected: proof.expected,
      actual: proof.actual,
      events: shown.map(({ node }) => plainJson(masked(node, masks))),
      digest: digestOf(check.id, proof.keys),
      ...locationOf(sources, proof.events.at(-1)),
      reproduce: reproduce(check.id),
    };
    if (sources.length === 1) return finding;
    return {
      ...finding,
      at: proof.events.map(({ log, position }) => ({ source: log.name, position })),
    };
  });
}

async function readAgain(
  sources: readonly Source[],
  refs: readonly EventRef[],
): Promise<ReadonlyMap<string, EventFact>> {
  const events = new Map<string, EventFact>();
  for (const [index, source] of sources.entries()) {
    const of = refs.filter(({ log }) => log.index === index);
    const [first] = of;
    if (first === undefined) continue;
    await revisit(source, new Set(of.map(({ line }) => line)), (line, node) =>
      events.set(`${index}:${line}`, source.reading.readEvent(node, first.log, line)),
    );
  }
  return events;
}

/** Files whose lines are not the lines that are read. */
const NOT_AS_READ = /\.(?:gz|zst|csv|json|xml)$/i;

function locationOf(
  sources: readonly Source[],
  at: EventRef | undefined,
): Pick<Finding, 'location'> {
  const part = at?.log.parts.findLast(({ firstLine }) => firstLine <= at.line);
  if (at === undefined || part === undefined) return {};
  const isFile = sources[at.log.index]?.parts.some(
    ({ name, isFile }) => isFile && name === part.name,
  );
  if (isFile !== true) return {};
  const { name: file, firstLine } = part;
  return { location: NOT_AS_READ.test(file) ? { file } : { file, line: at.line - firstLine + 1 } };
}

function keyOf({ log, line }: EventRef): string {
  return `${log.index}:${line}`;
}

/** By severity, then by where it shows. The sort is stable: checks keep the catalogue's order. */
function inOrder(a: Found, b: Found): number {
  const bySeverity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  if (bySeverity !== 0) return bySeverity;
  const [atA, atB] = [a.proof.events.at(-1), b.proof.events.at(-1)];
  if (atA === undefined || atB === undefined) return 0;
  return atA.log.index - atB.log.index || atA.line - atB.line;
}
