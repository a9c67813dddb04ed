import { FintechError } from '../kernel/errors.ts';
import type { Check, CheckRun, CheckSettings, Proof } from './contract.ts';
import { Evidence, type Standing } from './evidence.ts';
import type { DamageFact, EventFact, Fact, FactKind, LedgerFact, Log } from './facts.ts';
import { Identities } from './reading/identities.ts';
import { linesOf } from './reading/lines-of.ts';
import { LogReader } from './reading/log-reader.ts';
import type { Reading, Source, VocabularyRun } from './source/source.ts';
import { TransactionBatches } from './vocabulary/batches.ts';

export interface ReplayOptions {
  checks: readonly Check[];
  settings: CheckSettings;
  /** Proofs kept of each check. */
  maxProofs: number;
  /** Whether what a proof shows is accepted, by a baseline. */
  accepts?: ((check: Check, proof: Proof) => boolean) | undefined;
  /** Only what touches events behind this position is told; undefined: all. */
  since?: bigint | undefined;
  signal: AbortSignal;
  /** Called now and then with the events read so far. */
  onProgress: (events: number) => void;
}

export interface Replay {
  events: number;
  /** Position of the last event. */
  head: string | null;
  evidence: ReadonlyMap<Check, Evidence>;
  /** The signal came before the end: what is known by then, and nothing that only the end would tell. */
  interrupted: boolean;
}

/**
 * Reads the sources in order, once, and folds every fact into the checks that need it. Holds one
 * chunk and what the checks keep, never the log. Told to stop, it says what it has by then; before
 * the first event it throws.
 * @throws FintechError VERIFY_SOURCE, INTERRUPTED
 */
export async function replay(sources: readonly Source[], options: ReplayOptions): Promise<Replay> {
  const evidence = new Map(
    options.checks.map((check) => [
      check,
      new Evidence(options.maxProofs, (proof) => standingOf(check, proof, options)),
    ]),
  );
  const start = (scope: Check['scope']) =>
    [...evidence]
      .filter(([check, said]) => check.scope === scope && !isIdle(check, said, options.settings))
      .map(([check, said]): Running => ({
        needs: check.needs,
        run: check.start(said, options.settings),
      }));
  const overAll = start('all');
  let events = 0;
  let head: string | null = null;
  for (const [index, source] of sources.entries()) {
    const log: Log = {
      name: source.name,
      index,
      profile: source.reading.profile,
      amongOthers: sources.length > 1,
      inParts: source.parts.length > 1,
      parts: [],
    };
    const perLog = start('log');
    const fold = new LogFold({
      log,
      reading: source.reading,
      running: [...overAll, ...perLog],
      settings: options.settings,
    });
    const isWhole = await isReadWhole(fold, source, {
      ...options,
      onProgress: (read) => options.onProgress(events + read),
    });
    events += fold.events;
    head = fold.head ?? head;
    if (!isWhole) {
      if (events === 0) options.signal.throwIfAborted();
      return { events, head, evidence, interrupted: true };
    }
    for (const { run } of perLog) run.finish?.();
  }
  for (const { run } of overAll) run.finish?.();
  return { events, head, evidence, interrupted: false };
}

/** @returns false when it was told to stop */
async function isReadWhole(
  fold: LogFold,
  source: Source,
  { signal, onProgress }: Pick<ReplayOptions, 'signal' | 'onProgress'>,
): Promise<boolean> {
  try {
    await fold.read(source, (read) => {
      signal.throwIfAborted();
      onProgress(read);
    });
    return true;
  } catch (error) {
    // A source that waits ends by the signal with an error of its own.
    if (signal.aborted) return false;
    throw error;
  }
}

function standingOf(check: Check, proof: Proof, { accepts, since }: ReplayOptions): Standing {
  if (since !== undefined && isBefore(proof, since)) return 'passed over';
  return accepts?.(check, proof) === true ? 'accepted' : 'told';
}

/** Whether it touches no event behind a position; where the log has none, its lines are counted. */
function isBefore({ events, ofWhole }: Proof, since: bigint): boolean {
  if (ofWhole === true || events.length === 0) return false;
  return events.every(
    ({ position, line }) => BigInt(position.startsWith('line:') ? line : position) <= since,
  );
}

/** A check that this run gives nothing to do says why, and costs nothing. */
function isIdle(check: Check, said: Evidence, settings: CheckSettings): boolean {
  const why = check.idle?.(settings);
  if (why !== undefined) said.skipped(why, 0);
  return why !== undefined;
}

interface Running {
  needs: readonly FactKind[];
  run: CheckRun;
}

const FROM_LEDGER: ReadonlySet<FactKind> = new Set<LedgerFact['kind']>([
  'unusable',
  'amount',
  'account',
  'transaction',
  'hold',
  'payment',
  'entry',
  'movement',
  'statement',
  'saga',
  'command',
  'consumer',
]);

interface FoldOptions {
  log: Log;
  reading: Reading;
  running: readonly Running[];
  settings: CheckSettings;
}

/** One log on its way into the checks. */
class LogFold {
  readonly #takers: ReadonlyMap<FactKind, readonly CheckRun[]>;
  readonly #reader: LogReader;
  readonly #identities: Identities | undefined;
  readonly #batches: TransactionBatches | undefined;
  readonly #meaning: VocabularyRun | undefined;
  #firstLoss: DamageFact | undefined;
  #head: EventFact | undefined;

  constructor({ log, reading, running, settings }: FoldOptions) {
    const kinds = new Set(running.flatMap(({ needs }) => needs));
    this.#takers = new Map(
      [...kinds].map((kind) => [
        kind,
        running.filter(({ needs }) => needs.includes(kind)).map(({ run }) => run),
      ]),
    );
    const emit = (fact: Fact) => this.#dispatch(fact);
    this.#reader = new LogReader(log, {
      readEvent: reading.readEvent,
      emit,
      maxKeys: settings.maxKeys,
    });
    this.#identities = kinds.has('identity') ? new Identities(emit, settings) : undefined;
    this.#batches = kinds.values().some((kind) => FROM_LEDGER.has(kind))
      ? new TransactionBatches(emit)
      : undefined;
    const batches = this.#batches;
    this.#meaning = batches && reading.vocabulary.start((fact) => batches.take(fact));
  }

  get events(): number {
    return this.#reader.events;
  }

  get head(): string | undefined {
    return this.#head?.at.position;
  }

  async read(source: Source, afterChunk: (events: number) => void): Promise<void> {
    for (const [index, part] of source.parts.entries()) {
      this.#reader.startPart(part.name, index === source.parts.length - 1);
      for await (const lines of linesOf(part)) {
        for (const line of lines) this.#takeEvent(this.#reader.take(line));
        afterChunk(this.#reader.events);
      }
    }
    this.#meaning?.end();
    this.#batches?.end();
    this.#refuseUnreadable(source);
    await this.#identities?.finish(source);
  }

  #takeEvent(event: EventFact | undefined): void {
    if (event === undefined) return;
    this.#head = event;
    this.#identities?.take(event);
    // What was delivered before had its effect then.
    if (event.again !== true) this.#meaning?.read(event);
  }

  #dispatch(fact: Fact): void {
    if (fact.kind === 'damage' && fact.lost) this.#firstLoss ??= fact;
    const takers = this.#takers.get(fact.kind);
    if (takers !== undefined) for (const run of takers) run.take(fact);
  }

  /** Not one event among the lines: this is another kind of file, not a damaged log. */
  #refuseUnreadable({ name }: Source): void {
    const loss = this.#firstLoss;
    if (loss === undefined || this.events > 0) return;
    throw new FintechError(
      'VERIFY_SOURCE',
      `${name} holds no event that can be read: ${loss.file}, byte ${loss.offset}: ${loss.message}`,
      {
        hint: 'A log is NDJSON, one event a line, or a JSON array, CSV or camt.053. For other JSON: jq -c . <file> | fintech verify -',
        details: { source: name, file: loss.file, offset: loss.offset },
      },
    );
  }
}
