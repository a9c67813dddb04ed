import { isDeepStrictEqual } from 'node:util';
import type { Check, CheckSettings } from '../contract.ts';
import { Evidence } from '../evidence.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import { MEMORY_BYTES, settingOf } from '../settings.ts';
import type { Reading, Source } from '../source/source.ts';
import { Buffers, CHUNK_BYTES, chunksOf } from './chunks.ts';
import { type Conclusion, CONCLUSIONS } from './conclusions.ts';
import { ReadingDesk } from './reading-desk.ts';
import { evidenceWithoutFacts } from './without-facts.ts';
import { Screening } from './screening.ts';
import { Spill } from './spill.ts';
import { SUSPECT } from './suspicion.ts';

/** How a screen is to work; nothing of it changes an outcome. */
export interface ScreenSetup {
  /** Secret numbers for hashes: `SEED_WORDS` of them. */
  seed: Uint32Array;
  chunkBytes?: number;
  /** What may be kept in memory; records beyond it go to a temporary file. */
  memoryBytes?: number;
  /** Threads that share the work, this one among them. */
  workers?: number;
  /** Bytes that this thread reads before it starts others: for less they do not pay. */
  aloneBytes?: number;
}

interface ScreenOptions extends ScreenSetup {
  checks: readonly Check[];
  settings: CheckSettings;
  signal: AbortSignal;
  onProgress: (events: number) => void;
}

const ALONE_BYTES = 6_291_456;
/** What the program takes besides the records it keeps. */
const BASE_BYTES = 356_515_840;

/** What the screen could decide. */
export interface Screened {
  events: number;
  head: string | null;
  /** Of the checks that surely find nothing: exactly what they would say. */
  evidence: ReadonlyMap<Check, Evidence>;
  /** It was told to stop, and decided nothing. */
  interrupted: boolean;
}

/** Whether all that the screen knows of the default reading holds for these logs. */
export function canScreen(
  sources: readonly Source[],
  { checks, settings }: Pick<ScreenOptions, 'checks' | 'settings'>,
): boolean {
  const { accounts = [], currencies = {} } = settings.config;
  const { overdraft = [] } = settingOf(settings.config, 'ledger/limits');
  const isPlain =
    accounts.length === 0 &&
    overdraft.length === 0 &&
    Object.keys(currencies).length === 0 &&
    settings.openings.size === 0;
  return (
    isPlain &&
    checks.some(({ id }) => CONCLUSIONS[id] !== undefined) &&
    sources.every(({ reading }) => isDefault(reading))
  );
}

function isDefault({ readEvent, vocabulary, profile, bodyText }: Reading): boolean {
  return (
    readEvent === CLOUD_EVENTS.readEvent &&
    vocabulary === CLOUD_EVENTS.vocabulary &&
    bodyText === CLOUD_EVENTS.bodyText &&
    isDeepStrictEqual(profile, CLOUD_EVENTS.profile)
  );
}

/**
 * Reads the logs once, fast, and says which checks surely find nothing. It makes no finding: whatever
 * is wrong, unusual or beyond what it models is left to the exact replay.
 * @throws FintechError VERIFY_SOURCE
 */
export async function screen(
  sources: readonly Source[],
  options: ScreenOptions,
): Promise<Screened> {
  const { memoryBytes = MEMORY_BYTES } = options;
  using spill = new Spill(Math.max(0, memoryBytes - BASE_BYTES));
  const screening = new Screening(spill);
  const buffers = new Buffers();
  const { seed, workers = 1, aloneBytes = ALONE_BYTES, signal, onProgress } = options;
  await using desk = new ReadingDesk({
    settings: {
      seed,
      amongOthers: sources.length > 1,
      secrets: options.checks.some(({ id }) => id === 'log/secrets'),
    },
    workers,
    aloneBytes,
    buffers,
    take: (outcome) => {
      screening.take(outcome);
      onProgress(screening.events);
    },
  });
  try {
    for (const log of sources.keys()) {
      await readLog(sources, { ...options, screening, desk, buffers, log });
    }
    screening.finish(await desk.judge(screening.streams));
  } catch (error) {
    // A source that waits ends by the signal with an error of its own.
    if (!signal.aborted) throw error;
    const { events, head } = screening;
    return { events, head, evidence: new Map(), interrupted: true };
  }
  return conclude(screening, { ...options, logs: sources.length });
}

interface LogReading extends ScreenOptions {
  screening: Screening;
  desk: ReadingDesk;
  buffers: Buffers;
  log: number;
}

async function readLog(
  sources: readonly Source[],
  { screening, desk, log, buffers, signal, chunkBytes = CHUNK_BYTES }: LogReading,
): Promise<void> {
  for (const part of sources[log]?.parts ?? []) {
    for await (const { bytes, tooLong } of chunksOf(part, { chunkBytes, buffers })) {
      signal.throwIfAborted();
      if (tooLong) screening.suspicion |= SUSPECT.line;
      // What comes once must come whole, also when nothing can be decided any more.
      if ((screening.suspicion & SUSPECT.line) !== 0) buffers.give(bytes.buffer);
      else await desk.read(log, bytes);
    }
  }
  await desk.flush();
  screening.endLog();
}

function conclude(
  screening: Screening,
  { checks, settings, logs }: Pick<ScreenOptions, 'checks' | 'settings'> & { logs: number },
): Screened {
  const { suspicion, sums, events, head } = screening;
  const evidence = new Map<Check, Evidence>();
  for (const check of checks) {
    const idle = check.idle?.(settings);
    if (idle !== undefined) {
      evidence.set(check, evidenceOfIdle(idle));
      continue;
    }
    const screened = CONCLUSIONS[check.id];
    const isSuspect = (suspicion & ((screened?.suspectedBy ?? 0) | SUSPECT.line)) !== 0;
    if (isSuspect) continue;
    const conclusion = screened?.conclude(sums, settings);
    const said =
      conclusion === 'nothing'
        ? evidenceWithoutFacts(check, { settings, logs })
        : evidenceOf(conclusion);
    if (said !== undefined) evidence.set(check, said);
  }
  return { events, head, evidence, interrupted: false };
}

function evidenceOfIdle(why: string): Evidence {
  const said = new Evidence(0);
  said.skipped(why, 0);
  return said;
}

function evidenceOf(conclusion: Conclusion | undefined): Evidence | undefined {
  if (conclusion === undefined) return undefined;
  const said = new Evidence(0);
  said.checked(conclusion.checked);
  for (const [reason, count] of Object.entries(conclusion.skipped)) {
    if (count > 0) said.skipped(reason, count);
  }
  return said;
}
