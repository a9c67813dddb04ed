import { seededRandom } from '../../kernel/random.ts';
import type { Report } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import type { CheckSettings } from '../contract.ts';
import { settingsBy } from '../settings.ts';
import type { Reading } from '../source/source.ts';
import type { CorruptedLog } from './corrupting.ts';
import { CORRUPTIONS } from './corruptions.ts';
import { booksOf, MOVEMENT_CORRUPTIONS } from './corruptions-movements.ts';
import { generateLog } from './generate-log.ts';
import { GENERATED_SCHEMAS } from './generated-schemas.ts';
import { countProjection, liveBalances } from './live-models.ts';
import { ndjson } from './log-writer.ts';
import { MOVEMENT_CONFIG, MOVEMENT_READING } from './movement-reading.ts';
import { OUTBOX, publishedOf, topicSource } from './topic.ts';
import { heldTo, treeHeadOf } from './tree-head.ts';
import { memorySource, verifySources } from './verify-bytes.ts';

/** The same seed gives the same log of about so many events. */
export interface LogSize {
  seed: string;
  events: number;
}

/** One log, and what `verify` is told of it. */
interface Specimen {
  bytes: Buffer;
  settings?: Partial<CheckSettings>;
  reading?: Reading;
  /** What a relay published of it: a second log. */
  published?: Buffer;
}

/** A seeded fault that breaks exactly the rule of one check. */
export interface Mutation {
  check: string;
  name: string;
  make: (size: LogSize) => Specimen & CorruptedLog;
}

const MOVEMENTS = { settings: { config: MOVEMENT_CONFIG }, reading: MOVEMENT_READING };

/** Kinds of valid logs: together they give every check something to check. */
export const CLEAN_LOGS: Readonly<Record<string, (size: LogSize) => Specimen>> = {
  'a double-entry ledger': (size) => {
    const { events } = generateLog(size).writer;
    const bytes = ndjson(events);
    const settings = {
      ...heldTo(treeHeadOf(bytes, Math.floor(size.events / 2))),
      schemas: GENERATED_SCHEMAS,
      readModels: [liveBalances(events, events.length)],
      projections: [countProjection()],
    };
    return { bytes, settings };
  },
  'a ledger and its topic': (size) => {
    const { events } = generateLog(size).writer;
    const published = ndjson(publishedOf(events));
    return { bytes: ndjson(events), published, settings: { config: OUTBOX } };
  },
  'single-entry books': (size) => ({ bytes: ndjson(booksOf(size).writer.events), ...MOVEMENTS }),
};

export const MUTATIONS: readonly Mutation[] = [
  ...mutationsOf(CORRUPTIONS, (corrupt) => (size) => {
    const { settings, ...log } = corrupt(generateLog(size), seededRandom(`${size.seed} fault`));
    return { ...log, settings: { schemas: GENERATED_SCHEMAS, ...settings } };
  }),
  ...mutationsOf(MOVEMENT_CORRUPTIONS, (make) => (size) => ({ ...make(size), ...MOVEMENTS })),
];

function mutationsOf<T>(
  faults: Readonly<Record<string, Readonly<Record<string, T>>>>,
  makerOf: (fault: T) => Mutation['make'],
): Mutation[] {
  return Object.entries(faults).flatMap(([check, named]) =>
    Object.entries(named).map(([name, fault]) => ({ check, name, make: makerOf(fault) })),
  );
}

export function verifySpecimen(specimen: Specimen): Promise<Report> {
  const { bytes, settings, reading, published } = specimen;
  const source = memorySource('log.ndjson', [bytes]);
  const log = reading === undefined ? source : { ...source, reading };
  const topic = published === undefined ? [] : [topicSource(published)];
  return verifySources([log, ...topic], { settings: settingsBy({}, settings) });
}

/** What came of a fault. */
export interface Outcome {
  /** Whether its check found something. */
  detected: boolean;
  /** Whether its check names the position of the fault. */
  located: boolean;
  /** Other checks that found something, and are not declared to be implied. */
  unimplied: string[];
}

export async function tryMutation({ check, make }: Mutation, size: LogSize): Promise<Outcome> {
  const log = make(size);
  const { checks, findings } = await verifySpecimen(log);
  const own = findings.filter((finding) => finding.check === check);
  const implies = CHECKS.find(({ id }) => id === check)?.implies ?? [];
  return {
    detected: own.length > 0,
    located: own.some(({ positions }) => positions.includes(log.position)),
    unimplied: checks
      .filter(({ id, found }) => found > 0 && id !== check && !implies.includes(id))
      .map(({ id }) => id),
  };
}
