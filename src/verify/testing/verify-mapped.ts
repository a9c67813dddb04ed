import type { SourceConfig, VerifyConfig } from '../../model/verify-config.ts';
import type { Report } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import { leftSentence, refuseUnfit } from '../mapping/fit.ts';
import { compileMap } from '../mapping/map-text.ts';
import { type MappedSource, type Maps, mergedMaps, readingOf } from '../mapping/reading-of.ts';
import { settingsBy } from '../settings.ts';
import { ndjson } from './log-writer.ts';
import { memorySource, verifySources } from './verify-bytes.ts';

/** `verify:` of a `fintech.yaml`, as the use case reads it. */
export function mapsOf(config: VerifyConfig): Maps {
  const own = compileMap({
    name: 'fintech.yaml',
    config,
    root: '/verify',
    isOwn: true,
    refuse: (violations) => {
      const told = violations.map(
        ({ path, key, message }) => `${path}${key === undefined ? '' : `/${key}`}: ${message}`,
      );
      throw new Error(told.join('\n'));
    },
  });
  return { general: [], own, ofSources: new Map(), asked: [] };
}

/** What a run says of these records, by source name, and of how the map fits them. */
export async function verifyMapped(
  config: VerifyConfig,
  sources: Readonly<Record<string, readonly (object | string)[]>>,
): Promise<Report & { left: string | undefined }> {
  const maps = mapsOf(config);
  const mapped: MappedSource[] = [];
  const opened = Object.entries(sources).map(([name, records]) => {
    const found = readingOf(sourceNamed(config, name), maps);
    if (found.mapped !== undefined) mapped.push(found.mapped);
    const bytes = records.every((record) => typeof record === 'string')
      ? Buffer.from(records.map((line) => `${line}\n`).join(''))
      : ndjson(records as readonly object[]);
    return { ...memorySource(name, [bytes]), reading: found.reading };
  });
  const report = await verifySources(opened, {
    checks: CHECKS,
    settings: settingsBy(mergedMaps(maps)),
  });
  refuseUnfit(mapped);
  return { ...report, left: leftSentence(mapped) };
}

function sourceNamed(
  { sources = [] }: VerifyConfig,
  name: string,
): SourceConfig & { name: string } {
  const found = sources.find((source) => typeof source === 'object' && source.name === name);
  return typeof found === 'object' ? { ...found, name } : { name, files: `${name}.ndjson` };
}

/** What was found, as `<check> at <last position>: <actual>`. */
export function foundIn({ findings }: Report): string[] {
  return findings.map(
    ({ check, positions, actual }) => `${check} at ${positions.at(-1)}: ${actual}`,
  );
}
