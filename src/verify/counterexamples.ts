import { memberOf, parseJsonText, writeJson } from '../kernel/json-text.ts';
import type { Check, CheckSettings, Proof } from './contract.ts';
import { linesOf } from './reading/lines-of.ts';
import { visitLines } from './reading/revisit.ts';
import { replay, type Replay } from './replay.ts';
import { digestOf } from './report/digest.ts';
import type { Source } from './source/source.ts';

/** The events of one finding as logs of their own, on which its check finds the same. */
export interface Counterexample {
  check: string;
  /** From 1, among the findings of its check. */
  number: number;
  /** NDJSON of each source that has a part in it. */
  slices: { source: string; text: string }[];
}

/** What takes them. */
export interface CounterexampleFolder {
  save(example: Counterexample): Promise<void>;
  /** A finding of this check that no slice shows: it is of the whole log, or of a secret. */
  leave(check: string): void;
}

interface Options {
  settings: CheckSettings;
  signal: AbortSignal;
}

/** Lines before the last event of a finding that a slice takes at most, where its events alone do not do. */
const MAX_LINES_BEFORE = 10_000;

/** What the store adds to an event: without it, events cut out of a log are a log again. */
const OF_THE_STORE: ReadonlySet<string> = new Set([
  'streamrevision',
  'globalposition',
  'recordedtime',
]);

/**
 * Cuts every finding's events out of their logs, and tries whether its check alone finds the same in
 * them: as they stand, or without what the store added; then with the last event of each log, which
 * says how late it is; then with all that stood before. Only what does is handed out.
 */
export async function cutCounterexamples(
  sources: readonly Source[],
  { evidence }: Replay,
  { into, ...options }: Options & { into: CounterexampleFolder },
): Promise<void> {
  const logs = new Logs(sources);
  for (const [check, { proofs }] of evidence) {
    for (const [index, proof] of proofs.entries()) {
      const slices = await slicesOf(logs, { ...options, check, proof });
      if (slices === undefined) into.leave(check.id);
      else await into.save({ check: check.id, number: index + 1, slices });
    }
  }
}

type Cut = ReadonlyMap<number, string[]>;

async function slicesOf(
  logs: Logs,
  options: Options & { check: Check; proof: Proof },
): Promise<Counterexample['slices'] | undefined> {
  const { proof } = options;
  // A slice would spread a secret, and is no whole log.
  if (proof.masks !== undefined || proof.ofWhole === true) return undefined;
  for await (const cut of cutsOf(logs, proof)) {
    if (cut.size === 0 || !(await failsTheSame(logs.sources, cut, options))) continue;
    return [...cut].map(([log, lines]) => ({
      source: logs.sources[log]?.name ?? '',
      text: lines.map((line) => `${line}\n`).join(''),
    }));
  }
  return undefined;
}

async function* cutsOf(logs: Logs, { events }: Proof): AsyncGenerator<Cut> {
  const linesIn = (log: number) =>
    events.filter((at) => at.log.index === log).map(({ line }) => line);
  const alone = await logs.linesAt(linesIn);
  yield alone;
  yield withoutStore(alone);
  const ends = await logs.ends();
  const late = await logs.linesAt((log) => [...linesIn(log), ends[log] ?? 1]);
  yield late;
  yield withoutStore(late);
  yield await logs.linesAt((log) => upTo(Math.max(0, ...linesIn(log))));
}

function upTo(last: number): number[] {
  return last > MAX_LINES_BEFORE ? [] : Array.from({ length: last }, (_, index) => index + 1);
}

/** The logs of the run, to cut from. */
class Logs {
  readonly sources: readonly Source[];
  #ends: Promise<number[]> | undefined;

  constructor(sources: readonly Source[]) {
    this.sources = sources;
  }

  /** The wanted lines of each source that has any. */
  async linesAt(wanted: (log: number) => readonly number[]): Promise<Cut> {
    const cut = new Map<number, string[]>();
    for (const [log, source] of this.sources.entries()) {
      const numbers = new Set(wanted(log));
      if (numbers.size === 0) continue;
      const lines: string[] = [];
      await visitLines(source, numbers, (_, { bytes }) => lines.push(bytes.toString('latin1')));
      cut.set(log, lines);
    }
    return cut;
  }

  /** The number of each log's last line. */
  ends(): Promise<number[]> {
    this.#ends ??= Promise.all(this.sources.map(lengthOf));
    return this.#ends;
  }
}

async function lengthOf({ parts }: Source): Promise<number> {
  let lines = 0;
  for (const part of parts) {
    let read = 0;
    for await (const chunk of linesOf(part)) read = chunk.at(-1)?.number ?? read;
    lines += read;
  }
  return lines;
}

function withoutStore(cut: Cut): Cut {
  return new Map([...cut].map(([log, lines]) => [log, lines.map(asSent)]));
}

/** Lines are kept a character a byte, so that one that is no UTF-8 stays as it is. */
function asSent(line: string): string {
  try {
    const node = parseJsonText(Buffer.from(line, 'latin1').toString());
    if (node.kind !== 'object' || memberOf(node, 'specversion') === undefined) return line;
    const members = node.members.filter(({ name }) => !OF_THE_STORE.has(name));
    return Buffer.from(writeJson({ ...node, members })).toString('latin1');
  } catch {
    return line;
  }
}

async function failsTheSame(
  sources: readonly Source[],
  cut: Cut,
  { check, proof, ...options }: Options & { check: Check; proof: Proof },
): Promise<boolean> {
  const slices = [...cut].map(([log, lines]): Source => sliceSource(sources[log], lines));
  const { evidence } = await replay(slices, {
    ...options,
    checks: [check],
    maxProofs: Number.MAX_SAFE_INTEGER,
    onProgress: () => {},
  }).catch(() => ({ evidence: new Map<Check, { proofs: readonly Proof[] }>() }));
  const digest = digestOf(check.id, proof.keys);
  const proofs = evidence.get(check)?.proofs ?? [];
  return proofs.some(({ keys }) => digestOf(check.id, keys) === digest);
}

function sliceSource(source: Source | undefined, lines: readonly string[]): Source {
  if (source === undefined) throw new Error('a slice of no source');
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
  return {
    name: source.name,
    reading: source.reading,
    parts: [
      {
        name: source.name,
        async *open() {
          yield bytes;
        },
      },
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
