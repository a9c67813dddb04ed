import type { Outcome } from '../kernel/reporter.ts';
import type { MapExplanation } from '../model/map-explanation.ts';
import { foldFacts } from '../verify/fold.ts';
import { draftMap } from '../verify/mapping/draft.ts';
import { EXPLAINED_FACTS, Explanation } from '../verify/mapping/explanation.ts';
import { type Maps, mergedMaps, readingOf } from '../verify/mapping/reading-of.ts';
import { settingsBy } from '../verify/settings.ts';
import type { Context } from './context.ts';
import { type MapInput, presetNamed, readMaps } from './verify-maps.ts';
import { type NamedSource, openSources, sourcesToRead } from './verify-sources.ts';
import { findWorkspace } from './workspace.ts';

/** What is read, as of `verify`. */
export interface MapQuestion extends MapInput {
  sources: readonly string[];
}

/**
 * Says which types became which facts, with an example of each, and what was left.
 * @throws FintechError VERIFY_SOURCE, CONFIG_INVALID
 */
export async function explainMap(
  context: Context,
  question: MapQuestion,
): Promise<Outcome<MapExplanation>> {
  const { maps, chosen, folder } = await asked(context, question);
  const explained: MapExplanation = { sources: [] };
  for (const source of chosen) {
    await using opened = await openSources(context, [source], {
      folder,
      readingOf: (named) => readingOf(named, maps).reading,
    });
    const run = new Explanation();
    const events = await foldFacts(opened.sources, {
      needs: EXPLAINED_FACTS,
      run,
      settings: settingsBy(mergedMaps(maps)),
      signal: context.signal,
      onProgress: () => {},
    });
    const { mapped } = readingOf(source, maps);
    const ignored = mapped?.maps.flatMap((map) => map.ignored) ?? [];
    explained.sources.push({ source: source.name, events, types: run.types(ignored) });
  }
  return { data: explained };
}

/**
 * Samples a log and drafts a mapping for it.
 * @throws FintechError VERIFY_SOURCE, CONFIG_INVALID
 */
export async function draftMapOf(
  context: Context,
  question: MapQuestion,
): Promise<Outcome<{ draft: string }>> {
  const { chosen, folder, maps } = await asked(context, question);
  const drafts: string[] = [];
  for (const source of chosen) {
    await using opened = await openSources(context, [source], {
      folder,
      readingOf: (named) => readingOf(named, maps).reading,
    });
    const readingBy = async (preset: string) => {
      const ofSources = new Map([[preset, await presetNamed(context, preset)]]);
      return readingOf({ ...source, preset }, { ...maps, ofSources }).reading;
    };
    for (const one of opened.sources) drafts.push(await draftMap(one, { ...source, readingBy }));
  }
  return { data: { draft: drafts.join('\n') } };
}

async function asked(
  context: Context,
  { sources, ...input }: MapQuestion,
): Promise<{ maps: Maps; chosen: NamedSource[]; folder: string }> {
  const workspace = await findWorkspace(context);
  const maps = await readMaps(context, workspace, input);
  const folder = sources.length > 0 ? context.cwd : (workspace?.root ?? context.cwd);
  return { maps, chosen: sourcesToRead(sources, mergedMaps(maps)), folder };
}
