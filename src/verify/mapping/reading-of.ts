import type { EnvelopeConfig, SourceConfig, VerifyConfig } from '../../model/verify-config.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import type { Reading } from '../source/source.ts';
import { DEFAULT_VOCABULARY } from '../vocabulary/default.ts';
import { SILENT_VOCABULARY } from '../vocabulary/silent.ts';
import { ConfigPlace } from './config-place.ts';
import { compileDecode } from './decode.ts';
import { compileEnvelope, type MappedEnvelope } from './envelope.ts';
import { type LogSaying, mergedLog, profileOf } from './log-config.ts';
import type { CompiledMap } from './map-text.ts';
import { MapUse } from './map-use.ts';
import { MoneyRules } from './money-rules.ts';
import { MappedVocabulary, shownPath } from './vocabulary.ts';

/** Everything that says how records are read, for all sources of a run. */
export interface Maps {
  /** `presets` of `fintech.yaml`, in their order; built-in ones are names. */
  general: readonly NamedMap[];
  /** `verify:` of `fintech.yaml`. */
  own: CompiledMap | undefined;
  /** Presets that sources name. */
  ofSources: ReadonlyMap<string, NamedMap>;
  /** `--preset` and `--map`, which are stronger than what any file says. */
  asked: readonly NamedMap[];
}

/** A preset of a file, or one of those whose code is ours. */
export type NamedMap = CompiledMap | BuiltIn;
export type BuiltIn = 'default' | 'cloudevents';

/** A source whose records are mapped, and how the map fits them. */
export interface MappedSource {
  source: string;
  maps: readonly CompiledMap[];
  use: MapUse;
}

export interface SourceReading {
  reading: Reading;
  /** Undefined where nothing is mapped. */
  mapped: MappedSource | undefined;
}

/** Which reading a source gets. */
export function readingOf(source: SourceConfig & { name: string }, maps: Maps): SourceReading {
  const presets = [source.preset ?? []].flat().flatMap((name) => maps.ofSources.get(name) ?? []);
  const all = [...maps.general, ...present(maps.own), ...presets, ...maps.asked];
  const files = all.filter((map) => typeof map === 'object');
  const envelope = isOurs(source) ? CLOUD_EVENTS : envelopeOf(source, { maps, presets });
  const isMapped = files.some(({ entries }) => entries.length > 0);
  const isCopy = source.name === maps.own?.text.config.outbox?.published;
  if (!isMapped) {
    const reading = isCopy ? { ...envelope, vocabulary: SILENT_VOCABULARY } : envelope;
    return { reading, mapped: undefined };
  }
  const use = new MapUse();
  const vocabulary = new MappedVocabulary({
    entries: files
      .flatMap(({ entries }) => entries)
      .filter((entry) => (entry.source === undefined ? !isCopy : entry.source === source.name)),
    beside: all.includes('default') && !isCopy ? [DEFAULT_VOCABULARY] : [],
    ignored: files.flatMap(({ ignored }) => ignored),
    money: new MoneyRules(mergedMaps(maps).currencies),
    use,
  });
  return {
    reading: { ...envelope, vocabulary },
    mapped: { source: source.name, maps: files, use },
  };
}

/** `verify:` of `fintech.yaml` with what maps and presets add to it. */
export function mergedMaps({ general, own, ofSources, asked }: Maps): VerifyConfig {
  const files = [...general, ...ofSources.values(), ...present(own), ...asked].filter(
    (map) => typeof map === 'object',
  );
  const merged = { ...own?.text.config };
  for (const { currencies, sagas } of files.map(({ text }) => text.config)) {
    if (currencies) merged.currencies = { ...merged.currencies, ...currencies };
    if (sagas) merged.sagas = { ...merged.sagas, ...sagas };
  }
  // The first rule that matches counts: the user's own stand before those of presets.
  const accounts = files.toReversed().flatMap(({ text }) => text.config.accounts ?? []);
  if (accounts.length > 0) merged.accounts = accounts;
  return merged;
}

/** Our own event store is known: nothing that is said of other logs changes how it is read. */
function isOurs({ sandbox, url }: SourceConfig): boolean {
  return sandbox === true || url !== undefined;
}

function envelopeOf(
  source: SourceConfig,
  { maps, presets }: { maps: Maps; presets: readonly NamedMap[] },
): Reading {
  const log = mergedLog([
    ...maps.general.map(sayingOf),
    maps.own?.text.config.log,
    ...presets.map(sayingOf),
    source.log,
    ...maps.asked.map(sayingOf),
  ]);
  const rows = log.envelope === undefined && isOfRows(source);
  const config = rows ? rowEnvelope(source) : log.envelope;
  if (config === undefined) {
    // Itself where nothing else is said: what reads it fast knows it by that.
    if (Object.keys(log).length === 0) return CLOUD_EVENTS;
    return { ...CLOUD_EVENTS, profile: profileOf(log, { cloudEvents: true, typed: true }) };
  }
  // Where it is wrong was told where it was written.
  const place = new ConfigPlace('', []);
  const decode = compileDecode(place, log.decode ?? {});
  const envelope = compileEnvelope(place, config, { decode, lenientPosition: rows });
  return {
    readEvent: envelope.readEvent,
    bodyText: envelope.bodyText,
    shows: shownBy(envelope),
    profile: profileOf(log, { cloudEvents: false, typed: envelope.typed }),
    vocabulary: DEFAULT_VOCABULARY,
  };
}

function sayingOf(map: NamedMap): LogSaying {
  if (typeof map === 'object') return map.text.config.log;
  return map === 'cloudevents' ? 'cloudevents' : undefined;
}

function shownBy({ keyPaths, paths }: MappedEnvelope): NonNullable<Reading['shows']> {
  return { keys: keyPaths.map(shownPath), envelope: paths.map(shownPath) };
}

const ROW_FILE = /\.(?:csv|xml)(?:\.gz|\.zst)?$/i;

/** Rows of a table or of such a file are no CloudEvents, even where nobody says so. */
function isOfRows({ postgres, files }: SourceConfig): boolean {
  return postgres !== undefined || [files ?? []].flat().some((file) => ROW_FILE.test(file));
}

/** A table is read in the order of a column; where that counts, it is the position. */
function rowEnvelope({ orderBy }: SourceConfig): EnvelopeConfig {
  return orderBy !== undefined && /^\w+$/.test(orderBy) ? { position: orderBy } : {};
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
