import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { LedgerReport, ProjectionReport } from '../model/ledger-report.ts';
import { foldFacts } from '../verify/fold.ts';
import { mergedMaps, readingOf } from '../verify/mapping/reading-of.ts';
import { counted } from '../kernel/counted.ts';
import { ledgerProjection } from '../verify/projection/ledger-projections.ts';
import type { Projection } from '../verify/projection/projection.ts';
import { projectionReport } from '../verify/projection/projection-report.ts';
import { settingsBy } from '../verify/settings.ts';
import type { AsOf } from '../verify/state/as-of.ts';
import { ledgerReport } from '../verify/state/ledger-report.ts';
import { Projected } from '../verify/state/projected.ts';
import { UserCodeError } from '../verify/user/user-projection.ts';
import type { Context } from './context.ts';
import { type MapInput, readMaps } from './verify-maps.ts';
import { projectionNamed } from './read-models.ts';
import { openSources, sourcesToRead } from './verify-sources.ts';
import { workspaceProjections } from './workspace-code.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface ReplayInput extends MapInput {
  /** As of `verify`. */
  sources: readonly string[];
  asOf: AsOf;
  /** Undefined: the ledger whole. */
  projection: string | undefined;
}

/**
 * Folds logs to the state as of a moment. Judges nothing: `verify` does.
 * @throws FintechError VERIFY_SOURCE, VERIFY_CODE, USAGE_INVALID
 */
export async function replay(
  context: Context,
  input: ReplayInput,
): Promise<Outcome<LedgerReport | ProjectionReport>> {
  const workspace = await findWorkspace(context);
  const { maxKeys } = settingsBy({});
  if (input.projection === undefined) {
    const ledger = ledgerProjection(maxKeys);
    const folded = await fold(context, input, { workspace, projection: ledger });
    return { data: ledgerReport(folded) };
  }
  // Only what names code of its own runs any.
  const projections = input.projection.includes('/') ? await workspaceProjections(workspace) : [];
  const projection = projectionNamed(input.projection, { projections, maxKeys });
  try {
    const folded = await fold(context, input, { workspace, projection });
    return { data: projectionReport(projection, folded) };
  } catch (error) {
    if (!(error instanceof UserCodeError)) throw error;
    throw new FintechError('VERIFY_CODE', `projection ${projection.name} threw: ${error.message}`, {
      hint: 'Mend it, then replay again.',
      cause: error,
    });
  }
}

async function fold<State>(
  context: Context,
  { sources: names, asOf, presets, maps: mapFiles }: ReplayInput,
  { workspace, projection }: { workspace: Workspace | undefined; projection: Projection<State> },
): Promise<Projected<State>> {
  const maps = await readMaps(context, workspace, { presets, maps: mapFiles });
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
  const projected = new Projected(projection, asOf);
  const step = context.reporter.step(`replay ${chosen.map(({ name }) => name).join(', ')}`);
  try {
    const read = await foldFacts(opened.sources, {
      needs: projected.needs,
      run: projected,
      settings: settingsBy(config),
      signal: context.signal,
      onProgress: (events) => step.update(`${events} events`),
    });
    step.succeed(`${read} events`);
  } catch (error) {
    step.fail();
    throw error;
  }
  warnOf(context, projected);
  return projected;
}

function warnOf(
  { reporter }: Context,
  { unreadable, untimed }: { unreadable: number; untimed: number },
): void {
  if (unreadable > 0) {
    reporter.warn(
      `${counted(unreadable, 'events')} could not be read; \`fintech verify\` says why`,
    );
  }
  if (untimed > 0) reporter.warn(`${counted(untimed, 'events')} without a time left out`);
}
