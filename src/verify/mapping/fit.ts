import { didYouMean } from '../../kernel/nearest.ts';
import { counted } from '../../kernel/counted.ts';
import { placeOf, quoted } from '../naming.ts';
import type { CompiledEntry } from './entry.ts';
import type { CompiledMap } from './map-text.ts';
import type { UnmappedType } from './map-use.ts';
import type { MappedSource } from './reading-of.ts';

const MAX_NAMED = 10;

/**
 * Refuses a map whose entries match nothing in the logs it was held against, for then it is not of
 * these logs. Entries for sources that were not read are left alone.
 * @throws what `refuse` of the map throws
 */
export function refuseUnfit(sources: readonly MappedSource[]): void {
  const maps = new Set(sources.flatMap(({ maps }) => maps));
  const types = new Set(sources.flatMap(({ use }) => [...use.types]));
  for (const map of maps) {
    const idle = map.entries.filter((entry) => isIdle(entry, { map, sources }));
    const isUnused = idle.length === map.entries.length;
    if (idle.length === 0 || (!map.text.isOwn && !isUnused)) continue;
    map.text.refuse(
      idle.map((entry) => ({ path: entry.pointer, message: nothingFor(entry, types) })),
    );
  }
}

function isIdle(
  entry: CompiledEntry,
  { map, sources }: { map: CompiledMap; sources: readonly MappedSource[] },
): boolean {
  const asked = sources.filter(
    ({ source, maps }) =>
      maps.includes(map) && (entry.source === undefined || entry.source === source),
  );
  // A log without events says nothing of the map.
  const held = asked.filter(({ use }) => use.events > 0);
  return held.length > 0 && !entry.optional && !held.some(({ use }) => use.hasMatched(entry));
}

function nothingFor({ type }: CompiledEntry, types: ReadonlySet<string>): string {
  const hint = 'Where a log may hold none, the entry says `optional: true`.';
  if (type === undefined) return `no record matches this entry. ${hint}`;
  if ([...types].some((known) => type.matches(known))) {
    return `no record of the type ${quoted(type.text)} matches its \`when\`. ${hint}`;
  }
  return `no record has the type ${quoted(type.text)}.${didYouMean(type.text, types)} ${hint}`;
}

/** What became no fact, as one sentence; undefined where nothing was left. */
export function leftSentence(sources: readonly MappedSource[]): string | undefined {
  const left = sources.flatMap(({ use }) => use.unmappedTypes);
  if (left.length === 0) return undefined;
  const events = left.reduce((sum, { events }) => sum + events, 0);
  const more = left.length > MAX_NAMED ? `, and ${left.length - MAX_NAMED} more types` : '';
  const named = left.slice(0, MAX_NAMED).map(nameOfType).join(', ');
  return `${counted(events, 'events')} became no fact: ${named}${more}; map their types, or list them under \`ignore\``;
}

function nameOfType({ type, events, first }: UnmappedType): string {
  const name = type === undefined ? 'without a type' : quoted(type);
  return `${name} (${events}, first at ${placeOf(first)})`;
}
