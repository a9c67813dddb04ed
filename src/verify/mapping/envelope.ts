import { canonicalJson, type JsonNode } from '../../kernel/json-text.ts';
import type { EnvelopeConfig, Value } from '../../model/verify-config.ts';
import type { EventFact, Log } from '../facts.ts';
import type { ReadEvent } from '../source/source.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Decode } from './decode.ts';
import { readInstant } from './instant.ts';
import { type Path, scalarText } from './path.ts';
import { compileValue, type MappedValue } from './value.ts';

/** An envelope that a configuration describes. */
export interface MappedEnvelope {
  readEvent: ReadEvent;
  /** What two deliveries of one event have in common. */
  bodyText: (record: JsonNode) => string;
  /** What identifies an event, and the rest. */
  keyPaths: readonly Path[];
  paths: readonly Path[];
  /** Whether it says where types stand. */
  typed: boolean;
}

const SINGLE = [
  'type',
  'id',
  'source',
  'stream',
  'revision',
  'time',
  'recorded',
  'cause',
  'correlation',
  'key',
  'data',
  'body',
] as const;
type Single = (typeof SINGLE)[number];
type Values = Partial<Record<Single, MappedValue>> & { position?: readonly MappedValue[] };

const INTEGER_POSITION = /^\d{1,20}$/;

export interface EnvelopeOptions {
  decode: Decode | undefined;
  /** Whether a position that is no number is none, rather than a fault of the log. */
  lenientPosition?: boolean;
}

export function compileEnvelope(
  place: ConfigPlace,
  config: EnvelopeConfig,
  { decode = (record) => record, lenientPosition = false }: EnvelopeOptions,
): MappedEnvelope {
  const values = compileValues(place, config);
  const all = [...SINGLE.map((name) => values[name]), ...(values.position ?? [])];
  const keys = [values.id, values.stream, ...(values.position ?? [])];
  return {
    readEvent: (node, log, line) => {
      const record = decode(node);
      return readEvent(new EnvelopeRecord(record, values), { log, line, lenientPosition });
    },
    bodyText: (node) => bodyText(decode(node), values),
    keyPaths: keys.flatMap((value) => value?.paths ?? []),
    paths: all.flatMap((value) =>
      value === values.data || value === values.body ? [] : (value?.paths ?? []),
    ),
    typed: values.type !== undefined,
  };
}

function compileValues(place: ConfigPlace, { position, ...single }: EnvelopeConfig): Values {
  const values: Values = {};
  for (const name of SINGLE) {
    const value: Value | undefined = single[name];
    const compiled = value === undefined ? undefined : compileValue(place.in(name), value);
    if (compiled !== undefined) values[name] = compiled;
  }
  if (position === undefined) return values;
  const list = Array.isArray(position) ? position : [position];
  const compiled = list.flatMap((value, index) => {
    const inside = place.in('position');
    return compileValue(Array.isArray(position) ? inside.in(index) : inside, value) ?? [];
  });
  return compiled.length === list.length ? { ...values, position: compiled } : values;
}

/** What the values of an envelope say of one record. */
class EnvelopeRecord {
  readonly node: JsonNode;
  readonly #values: Values;

  constructor(node: JsonNode, values: Values) {
    this.node = node;
    this.#values = values;
  }

  at(value: MappedValue | undefined): JsonNode | undefined {
    const found = value?.lookup({ record: this.node, element: this.node, elementPath: '' });
    return found?.ok === true ? found.node : undefined;
  }

  /** A string, number or boolean as written; else its JSON kind, so that it is seen as wrong. */
  scalar(name: Single): string | undefined {
    const node = this.at(this.#values[name]);
    return node === undefined ? undefined : (scalarText(node) ?? node.kind);
  }

  text(name: Single): string | undefined {
    const node = this.at(this.#values[name]);
    return node === undefined ? undefined : scalarText(node);
  }

  /** RFC 3339, or the text as it stands where it is no time. */
  time(name: 'time' | 'recorded'): string | undefined {
    const text = this.text(name);
    const format = this.#values[name]?.as ?? 'rfc3339';
    const instant = text === undefined ? undefined : readInstant(text, format);
    return format === 'date' && instant !== undefined ? `${instant}T00:00:00Z` : (instant ?? text);
  }

  get data(): JsonNode | undefined {
    return this.at(this.#values.data);
  }

  /** The partition, where there are several, and the position in it. */
  get position(): { partition?: string | undefined; text: string | undefined } {
    const [first, second] = this.#values.position ?? [];
    const [a, b] = [first, second].map((value) => {
      const node = this.at(value);
      return node === undefined ? undefined : (scalarText(node) ?? node.kind);
    });
    return second === undefined ? { text: a } : { partition: a, text: b };
  }
}

function readEvent(
  record: EnvelopeRecord,
  { log, line, lenientPosition }: { log: Log; line: number; lenientPosition: boolean },
): EventFact {
  const { partition, text } = record.position;
  const isPosition = text !== undefined && INTEGER_POSITION.test(text);
  const position = isPosition
    ? partition === undefined
      ? text
      : `${partition}/${text}`
    : undefined;
  return {
    kind: 'event',
    at: { log, line, position: position ?? `line:${line}` },
    id: record.text('id'),
    // Ids of one log are its own where it names no source.
    source: record.text('source') ?? log.name,
    type: record.text('type'),
    stream: record.text('stream'),
    time: record.time('time') ?? record.time('recorded'),
    recordedTime: record.time('recorded'),
    idempotencyKey: record.text('key'),
    causationId: record.text('cause'),
    correlationId: record.text('correlation'),
    revision: record.scalar('revision'),
    ...(partition !== undefined && { partition }),
    globalPosition: lenientPosition && !isPosition ? undefined : text,
    data: record.data,
    node: record.node,
  };
}

/** Where no body is named: all but where and when the log took it. */
function bodyText(record: JsonNode, values: Values): string {
  const scope = { record, element: record, elementPath: '' };
  if (values.body !== undefined) {
    const found = [values.type, values.body].map((value) => value?.lookup(scope));
    return found.map((part) => (part?.ok === true ? canonicalJson(part.node) : '')).join('\n');
  }
  const taken = [...(values.position ?? []), values.time, values.recorded]
    .flatMap((value) => value?.paths ?? [])
    .map(({ segments }) => segments);
  return canonicalJson(taken.reduce(without, record));
}

function without(node: JsonNode, [first, ...rest]: Path['segments']): JsonNode {
  if (first === undefined || node.kind !== 'object') return node;
  const members = node.members.flatMap((member) => {
    if (member.name !== first) return [member];
    return rest.length === 0 ? [] : [{ ...member, value: without(member.value, rest) }];
  });
  return { kind: 'object', members };
}
