import type { JsonNode } from '../../kernel/json-text.ts';
import type { EnvelopeConfig, SourceConfig } from '../../model/verify-config.ts';
import type { Log } from '../facts.ts';
import { counted } from '../../kernel/counted.ts';
import type { Reading, Source } from '../source/source.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import { ConfigPlace } from './config-place.ts';
import { draftEnvelope, isCloudEvent } from './draft-envelope.ts';
import { compileEnvelope } from './envelope.ts';
import { draftEntry } from './draft-entry.ts';
import { note, sampled, type SeenPaths } from './sample.ts';
import { yamlText } from './yaml-word.ts';

const MAX_TYPES = 50;

/** What tells the records of a preset: members that all of them have. */
const MARKS: readonly { preset: string; members: readonly string[] }[] = [
  { preset: 'kcat', members: ['topic', 'partition', 'offset', 'payload'] },
  { preset: 'axon', members: ['payloadType', 'aggregateIdentifier'] },
  { preset: 'axon', members: ['payload_type', 'aggregate_identifier'] },
  { preset: 'emmett', members: ['message_type', 'stream_position'] },
  { preset: 'kurrentdb', members: ['streamId', 'revision', 'isJson'] },
  { preset: 'debezium-outbox', members: ['after', 'op', 'source'] },
];

/** The preset these records look like; undefined where they look like none. */
function presetOf(records: readonly JsonNode[]): string | undefined {
  const names = (record: JsonNode) =>
    new Set(record.kind === 'object' ? record.members.map(({ name }) => name) : []);
  const all = records.slice(0, 100).map(names);
  return MARKS.find(({ members }) => all.every((has) => members.every((member) => has.has(member))))
    ?.preset;
}

interface DraftOptions extends SourceConfig {
  name: string;
  /** How the records are read by a preset they look like. */
  readingBy: (preset: string) => Promise<Reading>;
}

/** A mapping to edit: types with their counts, and what of them may be a fact. */
export async function draftMap(source: Source, options: DraftOptions): Promise<string> {
  const records = await sampled(source);
  const preset = options.preset === undefined ? presetOf(records) : undefined;
  const isPlain = preset === undefined && records.length > 0 && !records.every(isCloudEvent);
  const drafted = isPlain && source.reading === CLOUD_EVENTS ? draftEnvelope(records) : undefined;
  const reading =
    preset === undefined ? readingWith(drafted, source) : await options.readingBy(preset);
  const types = seenTypes(records, { source, reading });
  const lines = [...types]
    .toSorted(([, a], [, b]) => b.count - a.count)
    .slice(0, MAX_TYPES)
    .flatMap(([type, { count, paths }]) =>
      draftEntry({ type, count, paths, source: options.name }),
    );
  return [
    `# Drafted from the first ${counted(records.length, 'records')} of ${options.name}. What is commented out is a guess,`,
    '# or lacks something: keep what is right, and see what it makes with `fintech verify --explain-map`.',
    'verify:',
    ...sourceLines(options, { preset, envelope: drafted }),
    lines.every((line) => /^ *#/.test(line))
      ? '  map: [] # without the [] as soon as an entry counts'
      : '  map:',
    ...lines,
    '',
  ].join('\n');
}

function readingWith(envelope: EnvelopeConfig | undefined, { reading }: Source): Reading {
  if (envelope === undefined) return reading;
  const { readEvent } = compileEnvelope(new ConfigPlace('', []), envelope, { decode: undefined });
  return { ...reading, readEvent };
}

function sourceLines(
  { name, files, postgres, sandbox }: DraftOptions,
  { preset, envelope }: { preset: string | undefined; envelope: EnvelopeConfig | undefined },
): string[] {
  const place =
    files === undefined
      ? sandbox === true
        ? ['      sandbox: true']
        : postgres === undefined
          ? []
          : ["      # postgres: '${DATABASE_URL}'", '      # table: …']
      : [`      files: ${JSON.stringify(files)}`];
  const known = preset === undefined ? [] : [`      preset: ${preset}`];
  return ['  sources:', `    - name: ${yamlText(name)}`, ...place, ...known, ...logLines(envelope)];
}

/** What only the owner of the log knows stands there commented out. */
function logLines(envelope: EnvelopeConfig | undefined): string[] {
  if (envelope === undefined) return [];
  const parts = Object.entries(envelope).map(([part, path]) => `${part}: ${String(path)}`);
  return [
    '      log:',
    `        envelope: { ${parts.join(', ')} }`,
    '        # order: increasing, duplicates: identical, starts: middle',
  ];
}

interface SeenType {
  count: number;
  paths: SeenPaths;
}

function seenTypes(
  records: readonly JsonNode[],
  { source, reading }: { source: Source; reading: Reading },
): Map<string | undefined, SeenType> {
  const log: Log = {
    name: source.name,
    index: 0,
    profile: reading.profile,
    amongOthers: false,
    inParts: false,
    parts: [],
  };
  const types = new Map<string | undefined, SeenType>();
  for (const [index, record] of records.entries()) {
    const event = reading.readEvent(record, log, index + 1);
    const seen = types.get(event.type) ?? { count: 0, paths: new Map() };
    seen.count++;
    note(seen.paths, event.node);
    types.set(event.type, seen);
  }
  return types;
}
