import type { Check } from './contract.ts';
import { replayInPasses } from './passes.ts';
import { replay, type Replay, type ReplayOptions } from './replay.ts';
import { canScreen, screen, type Screened, type ScreenSetup } from './screen/screen.ts';
import type { Source } from './source/source.ts';

interface ScreenedReplayOptions extends ReplayOptions {
  /** Undefined: every check is made event by event. */
  screen: ScreenSetup | undefined;
  /** Passes over the logs that one check is made in at most. */
  maxPasses?: number | undefined;
}

/** Events of which whoever interrupts the screen is told what is wrong with them. */
const MAX_CATCH_UP_EVENTS = 200_000;

/**
 * As `replay`, and with the same outcome: a fast screen goes first, and only the checks that it is
 * not sure of are made event by event.
 * @throws FintechError VERIFY_SOURCE, INTERRUPTED
 */
export async function screenedReplay(
  sources: readonly Source[],
  options: ScreenedReplayOptions,
): Promise<Replay> {
  const { screen: setup, checks, signal } = options;
  if (setup === undefined || !canScreen(sources, options)) return replayInPasses(sources, options);
  const screened = await screen(sources, { ...options, ...setup });
  if (screened.interrupted) return catchUp(sources, { ...options, until: screened.events });
  const left = checks.filter((check) => !screened.evidence.has(check));
  if (left.length === 0) return screened;
  const replayed = await replayInPasses(sources, { ...options, checks: left });
  // A log that grew meanwhile: all checks must speak of the same events.
  if (replayed.events !== screened.events && !signal.aborted)
    return replayInPasses(sources, options);
  return { ...replayed, evidence: inOrder(checks, screened, replayed) };
}

function inOrder(
  checks: readonly Check[],
  ...parts: Pick<Screened, 'evidence'>[]
): Replay['evidence'] {
  return new Map(
    checks.flatMap((check) =>
      parts.flatMap(({ evidence }) => {
        const said = evidence.get(check);
        return said === undefined ? [] : [[check, said] as const];
      }),
    ),
  );
}

/** The screen was told to stop, and knows no finding: what the first events that it read show. */
async function catchUp(
  sources: readonly Source[],
  { until, ...options }: ReplayOptions & { until: number },
): Promise<Replay> {
  const enough = new AbortController();
  const replayed = await replay(sources, {
    ...options,
    signal: enough.signal,
    onProgress: (events) => {
      if (events < Math.min(until, MAX_CATCH_UP_EVENTS)) return;
      enough.abort();
      enough.signal.throwIfAborted();
    },
  }).catch(() => undefined);
  if (replayed === undefined || replayed.events === 0) options.signal.throwIfAborted();
  return { events: 0, head: null, evidence: new Map(), ...replayed, interrupted: true };
}
