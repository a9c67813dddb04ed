import { availableParallelism } from 'node:os';
import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { VerifyConfig } from '../model/verify-config.ts';
import { CHECKS } from '../verify/checks/catalogue.ts';
import { logCheckpoint } from '../verify/checks/log-checkpoint.ts';
import { projectionDiff } from '../verify/checks/projection-diff.ts';
import type { Check, CheckCard, CheckSettings } from '../verify/contract.ts';
import { HISTORY_CHECKS } from '../verify/history/catalogue.ts';
import { explainCheck } from '../verify/report/explain.ts';
import { type MappedSource, mergedMaps, readingOf } from '../verify/mapping/reading-of.ts';
import { shownPaths } from '../verify/mapping/shown-paths.ts';
import type { Report, Show } from '../model/verify-report.ts';
import { checksNamed, selectChecks } from '../verify/selection.ts';
import type { Source } from '../verify/source/source.ts';
import { SEED_WORDS } from '../verify/screen/hash.ts';
import { verify as replayAndCheck } from '../verify/verify.ts';
import { keysIn, MEMORY_BYTES, settingsBy } from '../verify/settings.ts';
import { Baseline, type BaselineInput } from './baseline.ts';
import { CheckpointFile, type CheckpointInput } from './checkpoint.ts';
import { refuseSharedFiles, type ReportTarget } from './report-files.ts';
import type { Context } from './context.ts';
import { SavedCounterexamples } from './counterexamples.ts';
import { judgeFit, type MapInput, openingsOf, readMaps } from './verify-maps.ts';
import { VerifyProgress } from './verify-progress.ts';
import { type ReadModelPlace, readModelPlaces, readModels } from './read-models.ts';
import { cardsOf, type ReportFormat, Verification, writeVerifyReports } from './verify-reports.ts';
import { commandOf } from './verify-command.ts';
import { outcomeOf } from './verify-outcome.ts';
import { readSchemas } from './verify-schemas.ts';
import { type NamedSource, openSources, sourcesToRead } from './verify-sources.ts';
import { invariantChecks, workspaceProjections } from './workspace-code.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface VerifyInput extends MapInput {
  /** Files, globs, `-`, `sandbox`; empty: what `fintech.yaml` says, else the sandbox. */
  sources: readonly string[];
  only: readonly string[];
  skip: readonly string[];
  require: readonly string[];
  strict: boolean;
  allowEmpty: boolean;
  /** What deadlines are held against; undefined: the newest time of an event. */
  asOfMs?: number | undefined;
  show: Show;
  maxFindings: number;
  reporters: readonly ReportTarget<ReportFormat>[];
  /** Threads that read a large log; undefined: one for each core. */
  workers?: number | undefined;
  /** What the engine may keep in memory. */
  memoryBytes?: number;
  /** Whether code of the workspace may run: its invariants. */
  code: boolean;
  /** Live read models that must be what the log says, beside those of `fintech.yaml`. */
  readModels: readonly ReadModelPlace[];
  /** What the log must extend; undefined: nothing. */
  checkpoint: CheckpointInput | undefined;
  /** Only what touches events behind this position is told. */
  since?: bigint | undefined;
  /** What need not be told; undefined: nothing. */
  baseline: BaselineInput | undefined;
  /** The folder in which the events of each finding are saved as a log of their own. */
  counterexamples?: string | undefined;
}

/**
 * Replays logs and checks them.
 * @throws FintechError VERIFY_SOURCE, VERIFY_UNKNOWN_CHECK, VERIFY_CHECKPOINT, USAGE_INVALID
 */
export async function verify(context: Context, input: VerifyInput): Promise<Outcome<Verification>> {
  refuseSharedFiles(context, input.reporters);
  const workspace = await findWorkspace(context);
  const maps = await readMaps(context, workspace, input);
  const config = mergedMaps(maps);
  const all = [...CHECKS, ...(input.code ? await invariantChecks(workspace) : [])];
  const checks = selectChecks(all, {
    only: input.only,
    skip: [...input.skip, ...switchedOff(config, { all, code: input.code })],
  });
  const named = input.sources.length > 0;
  const chosen = sourcesToRead(input.sources, config);
  const names = chosen.map(({ name }) => name);
  // A path in fintech.yaml starts at its folder.
  const folder = named ? context.cwd : (workspace?.root ?? context.cwd);
  if (input.since !== undefined) refuseSeveral('--since', chosen);
  const required = requiredChecks(checks, { input, config, all });
  const mappedSources: MappedSource[] = [];
  await using opened = await openSources(context, chosen, {
    folder,
    readingOf: (source) => {
      const { reading, mapped } = readingOf(source, maps);
      if (mapped !== undefined) mappedSources.push(mapped);
      return reading;
    },
  });
  const { sources } = opened;
  const checkpoint = await openCheckpoint(context, input, { workspace, sources, checks });
  const compares = checks.includes(projectionDiff);
  const settings = await settingsOf(context, input, {
    workspace,
    config: compares ? config : { ...config, readModels: {} },
    chosen,
    checkpoint,
  });
  // The first one is made by a run that has none to be held to.
  if (checkpoint?.isFirst === true) required.delete(logCheckpoint);
  const baseline = input.baseline && (await Baseline.open(context, input.baseline));
  const examples = savedIn(context, input.counterexamples);
  const report = await underAStep(context, sources, (onProgress) =>
    replayAndCheck(sources, {
      ...input,
      checks,
      required,
      settings,
      counterexamples: examples,
      screen: {
        seed: seedFrom(context.random),
        workers: input.workers ?? availableParallelism(),
        ...(input.memoryBytes === undefined ? {} : { memoryBytes: input.memoryBytes }),
      },
      accepts: baseline && ((check, proof) => baseline.accepts(check, proof)),
      signal: context.signal,
      onProgress,
      reproduce: (check) => commandOf(input, check),
    }),
  );
  if (report.interrupted !== true) judgeFit(context, mappedSources, config);
  const verification = new Verification(
    {
      report,
      sources: names,
      leftOut: [
        ...all.filter((check) => !checks.includes(check)).map(({ id }) => id),
        ...(input.code ? [] : [config.invariants ?? [], config.projections ?? []].flat()),
      ],
      ...shownPaths(all, {
        readings: sources.map(({ reading }) => reading),
        show: input.show,
      }),
      cards: cardsOf(all),
      version: context.version,
    },
    input.reporters,
  );
  examples?.tell();
  await baseline?.finish(report, all);
  await writeVerifyReports(context, verification, input.reporters);
  await checkpoint?.save(report.verdict);
  return outcomeOf(verification);
}

function savedIn(context: Context, folder: string | undefined): SavedCounterexamples | undefined {
  return folder === undefined ? undefined : new SavedCounterexamples(context, folder);
}

/** Drawn anew for each run, so that nobody can write a log whose keys collide. */
function seedFrom(random: Context['random']): Uint32Array {
  const bytes = random.bytes(SEED_WORDS * 4);
  return Uint32Array.from({ length: SEED_WORDS }, (_, word) => bytes.readUInt32LE(word * 4));
}

/** A position is of one log. */
function refuseSeveral(flag: string, sources: readonly NamedSource[]): void {
  if (sources.length === 1) return;
  throw new FintechError('USAGE_INVALID', `${flag} is of one log, and here are ${sources.length}`, {
    hint: 'Name one source.',
  });
}

/** What the checks are told. */
async function settingsOf(
  context: Context,
  input: VerifyInput,
  run: {
    workspace: Workspace | undefined;
    config: VerifyConfig;
    chosen: readonly NamedSource[];
    checkpoint: CheckpointFile | undefined;
  },
): Promise<CheckSettings> {
  const { workspace, config, chosen: sources } = run;
  const projections = input.code ? await workspaceProjections(workspace) : [];
  const settings = settingsBy(config, {
    checkpoint: run.checkpoint?.setting,
    openings: await openingsOf(workspace, config),
    schemas: await readSchemas(workspace, config),
    projections,
    asOfMs: input.asOfMs,
    maxKeys: keysIn(input.memoryBytes ?? MEMORY_BYTES),
  });
  const places = readModelPlaces(input.readModels, { config, sources });
  const { maxKeys } = settings;
  const options = { workspace, projections, folder: context.cwd, maxKeys };
  return { ...settings, readModels: await readModels(context, places, options) };
}

/** A checkpoint is of one log. */
async function openCheckpoint(
  context: Context,
  { checkpoint }: VerifyInput,
  of: {
    workspace: Workspace | undefined;
    sources: readonly Source[];
    checks: readonly Check[];
  },
): Promise<CheckpointFile | undefined> {
  if (checkpoint === undefined) return undefined;
  const { workspace, sources, checks } = of;
  if (!checks.includes(logCheckpoint)) {
    throw new FintechError(
      'USAGE_INVALID',
      '--checkpoint is given, but log/checkpoint is left out',
      {
        hint: 'Name it in --only, or not in --skip.',
      },
    );
  }
  const [source, ...others] = sources;
  if (source !== undefined && others.length === 0) {
    return CheckpointFile.open(context, checkpoint, { workspace, source });
  }
  throw new FintechError(
    'USAGE_INVALID',
    `--checkpoint is of one log, and here are ${sources.length}`,
    {
      hint: 'Name one source.',
    },
  );
}

async function everyCheck(context: Context): Promise<CheckCard[]> {
  return [...CHECKS, ...HISTORY_CHECKS, ...(await invariantChecks(await findWorkspace(context)))];
}

/** Every check with its severity, the workspace's own invariants too. */
export async function listChecks(
  context: Context,
): Promise<{ id: string; severity: string; title: string }[]> {
  const all = await everyCheck(context);
  return all.map(({ id, severity, title }) => ({ id, severity, title }));
}

/** @throws FintechError VERIFY_UNKNOWN_CHECK */
export async function explain(context: Context, name: string): Promise<string> {
  return [...checksNamed(await everyCheck(context), [name])].map(explainCheck).join('\n');
}

/** What must not end inconclusive: by flag it must be chosen; by configuration, only where it is. */
function requiredChecks(
  checks: readonly Check[],
  { input, config, all }: { input: VerifyInput; config: VerifyConfig; all: readonly Check[] },
): Set<Check> {
  const byFlag = checksNamed(all, input.require);
  for (const check of byFlag) {
    if (checks.includes(check)) continue;
    throw new FintechError('USAGE_INVALID', `${check.id} is required but left out`, {
      hint: 'Name it in --only, or not in --skip.',
    });
  }
  const configured = checksNamed(all, loadedNames(config.require ?? [], { all, ...input }));
  return new Set([...byFlag, ...checks.filter((check) => configured.has(check))]);
}

function switchedOff(
  { checks = {} }: VerifyConfig,
  run: { all: readonly Check[]; code: boolean },
): string[] {
  const known = loadedNames(Object.keys(checks), run);
  checksNamed(run.all, known);
  return known.filter((id) => checks[id] === 'off');
}

/** What fintech.yaml names may be an invariant; where no code is run, only our checks are known. */
function loadedNames(
  names: readonly string[],
  { all, code }: { all: readonly Check[]; code: boolean },
): string[] {
  const areas = new Set(all.map(({ id }) => id.split('/')[0]));
  return names.filter((name) => code || areas.has(name.split('/')[0]));
}

async function underAStep(
  { reporter, clock }: Context,
  sources: readonly Source[],
  work: (onProgress: (events: number) => void) => Promise<Report>,
): Promise<Report> {
  const step = reporter.step(`verify ${sources.map(({ name }) => name).join(', ')}`);
  const progress = new VerifyProgress(clock, sources);
  try {
    const report = await work((events) => {
      const told = progress.at(events);
      if (told !== undefined) step.update(told);
    });
    const total = progress.total(report.events);
    if (report.interrupted === true) step.fail(total);
    else step.succeed(total);
    return report;
  } catch (error) {
    step.fail();
    throw error;
  }
}
