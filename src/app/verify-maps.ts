import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { configRefusal } from '../model/config-file.ts';
import { parseMapFile } from '../model/map-file.ts';
import type { VerifyConfig } from '../model/verify-config.ts';
import { leftSentence, refuseUnfit } from '../verify/mapping/fit.ts';
import { compileMap, type MapText } from '../verify/mapping/map-text.ts';
import { MoneyRules } from '../verify/mapping/money-rules.ts';
import { readOpenings } from '../verify/mapping/openings.ts';
import { readPreset } from '../verify/mapping/presets.ts';
import type { MappedSource, Maps, NamedMap } from '../verify/mapping/reading-of.ts';
import type { Context } from './context.ts';
import type { Workspace } from './workspace.ts';

/** What the command line adds to the mapping. */
export interface MapInput {
  /** `--preset`. */
  presets: readonly string[];
  /** `--map`, from the working folder. */
  maps: readonly string[];
}

/**
 * Everything that says how records are read: `fintech.yaml`, its presets, and what the command line
 * adds.
 * @throws FintechError CONFIG_INVALID with line and nearest name; USAGE_INVALID for an unknown preset
 */
export async function readMaps(
  context: Context,
  workspace: Workspace | undefined,
  { presets, maps }: MapInput,
): Promise<Maps> {
  const config = workspace?.config.verify ?? {};
  const load = (names: readonly string[]) =>
    Promise.all(names.map((name) => presetNamed(context, name)));
  const ofSources = new Set(
    (config.sources ?? []).flatMap((source) =>
      typeof source === 'string' ? [] : [source.preset ?? []].flat(),
    ),
  );
  // First: it names presets, and says at their place which of them are none.
  const own = workspace && compileMap(await ownMap(workspace, config));
  const asked = await Promise.all(maps.map((file) => mapFile(context, file)));
  return {
    general: await load(config.presets ?? []),
    own,
    ofSources: new Map(
      await Promise.all(
        [...ofSources].map(async (name) => [name, await presetNamed(context, name)] as const),
      ),
    ),
    asked: [...(await load(presets)), ...asked],
  };
}

export async function presetNamed({ environment }: Context, name: string): Promise<NamedMap> {
  const preset = await readPreset(name);
  if (typeof preset === 'string') return preset;
  return compileMap({ ...written(name, { ...preset, environment }), isOwn: false });
}

async function mapFile({ cwd, environment }: Context, file: string): Promise<NamedMap> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw new FintechError('USAGE_INVALID', `cannot read the map ${file}: ${messageOf(error)}`, {
      hint: 'Name a YAML file with the keys `log` and `map`.',
      cause: error,
    });
  });
  return compileMap({ ...written(file, { file, text, environment }), isOwn: true });
}

function written(
  name: string,
  source: { file: string; text: string; environment: Context['environment'] },
): Omit<MapText, 'isOwn'> {
  return {
    name,
    config: parseMapFile(source),
    root: '',
    refuse: (violations) => {
      throw configRefusal(source, violations);
    },
  };
}

/** The text is read again to say where in it something is wrong. */
async function ownMap({ configFile }: Workspace, config: VerifyConfig): Promise<MapText> {
  const text = await readFile(configFile, 'utf8');
  return {
    name: configFile,
    config,
    root: '/verify',
    isOwn: true,
    refuse: (violations) => {
      throw configRefusal({ file: configFile, text }, violations);
    },
  };
}

/** What stood on accounts before the log begins, by `verify.openings`; empty where it says none. */
export async function openingsOf(
  workspace: Workspace | undefined,
  { openings, currencies }: VerifyConfig,
): Promise<ReadonlyMap<string, bigint>> {
  if (workspace === undefined || openings === undefined) return new Map();
  const file = resolve(workspace.root, openings);
  return readOpenings({ file, name: openings }, new MoneyRules(currencies));
}

/** @throws FintechError CONFIG_INVALID where the map is not of these logs */
export function judgeFit(
  { reporter }: Context,
  sources: readonly MappedSource[],
  { unmapped = 'warn' }: VerifyConfig,
): void {
  refuseUnfit(sources);
  const left = unmapped === 'ignore' ? undefined : leftSentence(sources);
  if (left === undefined) return;
  if (unmapped === 'warn') return reporter.warn(left);
  throw new FintechError('CONFIG_INVALID', left, {
    hint: 'Or say `unmapped: warn` in `verify:`.',
  });
}
