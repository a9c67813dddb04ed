import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { LedgerReport } from '../model/ledger-report.ts';
import { foldFacts } from '../verify/fold.ts';
import { mergedMaps, readingOf } from '../verify/mapping/reading-of.ts';
import { counted } from '../verify/naming.ts';
import { settingsBy } from '../verify/settings.ts';
import type { AsOf } from '../verify/state/as-of.ts';
import { ledgerReport } from '../verify/state/ledger-report.ts';
import { LedgerState, STATE_FACTS } from '../verify/state/ledger-state.ts';
import type { Context } from './context.ts';
import { type MapInput, readMaps } from './verify-maps.ts';
import { openSources, sourcesToRead } from './verify-sources.ts';
import { findWorkspace } from './workspace.ts';

export interface ReplayInput extends MapInput {
  /** As of `verify`. */
  sources: readonly string[];
  asOf: AsOf;
}

/**
 * Folds logs to the state as of a moment. Judges nothing: `verify` does.
 * @throws FintechError VERIFY_SOURCE, USAGE_INVALID
 */
export async function replayLedger(
  context: Context,
  { sources: names, asOf, ...asked }: ReplayInput,
): Promise<Outcome<LedgerReport>> {
  const workspace = await findWorkspace(context);
  const maps = await readMaps(context, workspace, asked);
  const config = mergedMaps(maps);
  const chosen = sourcesToRead(names, config);
  if (asOf.to === 'position' && chosen.length > 1) {
    throw new FintechError('USAGE_INVALID', '--position is of one log, and here are several', {
      hint: 'Name one source, or a time: --at 2027-01-01T12:00Z',
    });
  }
  const folder = names.length > 0 ? context.cwd : (workspace?.root ?? context.cwd);
  await using opened = await openSources(context, chosen, {
    folder,
    readingOf: (source) => readingOf(source, maps).reading,
  });
  const settings = settingsBy(config);
  const state = new LedgerState(asOf, settings.maxKeys);
  const step = context.reporter.step(`replay ${chosen.map(({ name }) => name).join(', ')}`);
  try {
    const read = await foldFacts(opened.sources, {
      needs: STATE_FACTS,
      run: state,
      settings,
      signal: context.signal,
      onProgress: (events) => step.update(`${events} events`),
    });
    step.succeed(`${read} events`);
  } catch (error) {
    step.fail();
    throw error;
  }
  warnOf(context, state);
  return { data: ledgerReport(state) };
}

function warnOf({ reporter }: Context, state: LedgerState): void {
  const { unreadable, untimed } = state;
  if (unreadable > 0) {
    reporter.warn(
      `${counted(unreadable, 'events')} could not be read; \`fintech verify\` says why`,
    );
  }
  if (untimed > 0) reporter.warn(`${counted(untimed, 'events')} without a time left out`);
}
