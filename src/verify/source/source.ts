import type { JsonNode } from '../../kernel/json-text.ts';
import type { Emit, EventFact, FactKind, LedgerFact, Log, LogProfile } from '../facts.ts';

/** One log: its parts in order. Reading it twice gives the same bytes, or more behind them where a store grew. */
export interface Source extends AsyncDisposable {
  /** As the user named it. */
  name: string;
  parts: readonly SourcePart[];
  reading: Reading;
  /** Its files, in the order they are read; absent where the size of one is unknown. */
  files?: readonly ReadBytes[];
  /** What names this log for ever, where its store says so: a UUID that a reset changes. */
  origin?: () => Promise<string>;
}

/** How much of a file was read since it was last opened, as its bytes lie there. */
export interface ReadBytes {
  readonly readBytes: number;
  readonly bytes: number;
}

/** How the records of a source are read. */
export interface Reading {
  readEvent: ReadEvent;
  profile: LogProfile;
  vocabulary: Vocabulary;
  /** What two deliveries of one event have in common; undefined: all but what our event store adds. */
  bodyText?: (node: JsonNode) => string;
  /** What its envelope reads, where it is none of CloudEvents: paths as in `Vocabulary.reads`. */
  shows?: {
    /** What identifies an event. */
    keys: readonly string[];
    envelope: readonly string[];
  };
}

/** Reads a record's envelope as far as it goes; what it lacks is for the checks to judge. */
export type ReadEvent = (node: JsonNode, log: Log, line: number) => EventFact;

/** Says what events mean. */
export interface Vocabulary {
  /** Begins one pass over one log. What an event means may be emitted after later ones were read. */
  start(emit: Emit<LedgerFact>): VocabularyRun;
  /** Paths of a record that it reads for one kind of fact, for reports; a `.` in a name is `\\.`. */
  reads(kind: FactKind): readonly string[];
}

export interface VocabularyRun {
  /** Emits an event's amounts first, then its facts; nothing for one that means nothing. */
  read(event: EventFact): void;
  /** After the last event. */
  end(): void;
}

export interface SourcePart {
  name: string;
  /** Whether it is a file of this name, from the working folder. */
  isFile?: true;
  /** NDJSON from the start, decompressed and converted where the file is none; called once for each pass. @throws FintechError VERIFY_SOURCE */
  open(): AsyncIterable<Uint8Array>;
}

/** The longest line that is read: sixteen times what the event store takes for an event. */
export const MAX_LINE_BYTES = 16_777_216;
