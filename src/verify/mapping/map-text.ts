import { didYouMean } from '../../kernel/nearest.ts';
import type { Violation } from '../../kernel/validation.ts';
import type { MapEntry, VerifyConfig } from '../../model/verify-config.ts';
import { ConfigPlace } from './config-place.ts';
import { compileDecode } from './decode.ts';
import { type CompiledEntry, compileEntry } from './entry.ts';
import { compileEnvelope } from './envelope.ts';
import { checkOutbox, checkSagas } from './process-rules.ts';
import { PRESET_NAMES } from './presets.ts';
import { type TypePattern, typePattern } from './type-pattern.ts';

/** Where a part of the mapping was written. */
export interface MapText {
  /** Such as `fintech.yaml`, `kcat`. */
  name: string;
  config: VerifyConfig;
  /** JSON Pointer of `config` in its file. */
  root: string;
  /** Whether the user wrote it for this log, so that every entry must match something in it. */
  isOwn: boolean;
  /** Throws what is wrong with it, at its places in the file. */
  refuse: (violations: readonly Violation[]) => never;
}

/** A part of the mapping, ready to be used. */
export interface CompiledMap {
  text: MapText;
  entries: readonly CompiledEntry[];
  ignored: readonly TypePattern[];
}

/** @throws what `refuse` throws, where its entries or envelopes are wrong */
export function compileMap(text: MapText): CompiledMap {
  const violations: Violation[] = [];
  const { config, root } = text;
  const place = new ConfigPlace(root, violations);
  const entries = (config.map ?? []).map((entry, index) => {
    refuseUnknownSource(place.in('map').in(index), { entry, config });
    return compileEntry(place.in('map').in(index), entry);
  });
  const ignored = (config.ignore ?? []).map((type, index) =>
    typePattern(place.in('ignore').in(index), type),
  );
  checkLog(place.in('log'), config.log);
  checkPresets(place.in('presets'), config.presets);
  for (const [index, source] of (config.sources ?? []).entries()) {
    if (typeof source !== 'object') continue;
    const inside = place.in('sources').in(index);
    checkLog(inside.in('log'), source.log);
    checkPresets(inside.in('preset'), source.preset);
  }
  checkSagas(place.in('sagas'), config.sagas);
  checkOutbox(place.in('outbox'), config.outbox);
  if (violations.length > 0) text.refuse(violations);
  return { text, entries, ignored };
}

/** Envelopes are merged from several files; each is judged where it was written. */
function checkLog(place: ConfigPlace, log: VerifyConfig['log']): void {
  compileEnvelope(place.in('envelope'), log?.envelope ?? {}, { decode: undefined });
  compileDecode(place.in('decode'), log?.decode ?? {});
}

function checkPresets(place: ConfigPlace, presets: string | readonly string[] = []): void {
  for (const [index, name] of [presets].flat().entries()) {
    if (PRESET_NAMES.includes(name)) continue;
    const at = Array.isArray(presets) ? place.in(index) : place;
    at.refuse(`there is no preset "${name}".${didYouMean(name, PRESET_NAMES)}`);
  }
}

function refuseUnknownSource(
  place: ConfigPlace,
  { entry, config }: { entry: MapEntry; config: VerifyConfig },
): void {
  const names = config.sources?.flatMap((source) =>
    typeof source === 'string' ? [source] : (source.name ?? []),
  );
  if (entry.source === undefined || names === undefined || names.includes(entry.source)) return;
  place.refuseName('source', entry.source, names);
}
