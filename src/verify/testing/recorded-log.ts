import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { VerifyConfig } from '../../model/verify-config.ts';
import type { CheckSettings } from '../contract.ts';
import { type Maps, mergedMaps, readingOf } from '../mapping/reading-of.ts';
import { settingsBy } from '../settings.ts';
import type { Source } from '../source/source.ts';
import { settingsBeside } from './beside-log.ts';
import { topicSource } from './topic.ts';
import { memorySource } from './verify-bytes.ts';
import { mapsOf } from './verify-mapped.ts';

const ROOT = join(import.meta.dirname, '../../..');

const recorded = (check: string, name: string) =>
  readFile(join(ROOT, 'test/logs', check.replace('/', '-'), `${name}.ndjson`));

/** What stands in `fintech.yaml` beside a recorded log that is not in the default vocabulary. */
async function mapsFor(check: string): Promise<Maps> {
  const file = join(ROOT, 'test/logs', check.replace('/', '-'), 'fintech.yaml');
  if (!existsSync(file)) return mapsOf({});
  const { verify } = parse(await readFile(file, 'utf8')) as { verify: VerifyConfig };
  return mapsOf(verify);
}

/** A recorded log as it is read, and the topic that was published from it where there is one. */
export async function recordedSources(check: string, name: string): Promise<Source[]> {
  const file = `${name}.ndjson`;
  const source = memorySource(file, [await recorded(check, name)]);
  const { reading } = readingOf({ name: file, files: file }, await mapsFor(check));
  const topic = topicFile(check, name);
  const published = existsSync(topic) ? [topicSource(await readFile(topic))] : [];
  return [{ ...source, reading }, ...published];
}

const topicFile = (check: string, name: string) =>
  join(ROOT, 'test/logs', check.replace('/', '-'), `${name}.topic.ndjson`);

/** What a recorded log is held to: what lies beside it, and its `fintech.yaml`. */
export async function recordedSettings(check: string, name: string): Promise<CheckSettings> {
  const folder = join(ROOT, 'test/logs', check.replace('/', '-'));
  if (existsSync(topicFile(check, name))) {
    return settingsBy({ outbox: { committed: `${name}.ndjson`, published: 'topic.ndjson' } });
  }
  return settingsBy(mergedMaps(await mapsFor(check)), await settingsBeside(folder, name));
}
