import { isUtf8 } from 'node:buffer';
import { Envelope, NONE, ODD } from './envelope.ts';
import { Hasher, scopeWithin } from './hash.ts';
import { ID } from './names.ts';
import { type Block, Records } from './records.ts';
import { addTally, emptyTally, SUSPECT, type Tally } from './suspicion.ts';
import * as token from './tokenizer.ts';
import { KnownTexts } from './known-texts.ts';
import { SecretScreen } from './secret-screen.ts';
import { VocabularyScreen } from './vocabulary-screen.ts';
import { wordOf } from './vocabulary.ts';

/** What one run of the screen tells whoever reads chunks for it. */
export interface ChunkSettings {
  /** Secret numbers, the same for all chunks. */
  seed: Uint32Array;
  /** Whether payloads are looked at for secrets. */
  secrets: boolean;
  /** Whether there are other logs, so that what is unique over all needs a look of its own. */
  amongOthers: boolean;
}

/** Records by what they are unique or ordered by. */
export interface Blocks {
  /** Source and id of every event. */
  identities: Block;
  /** Keys that have one effect. */
  effects: Block;
  /** Streams with their revisions. */
  revisions: Block;
  /** Payments with what was authorised and captured. */
  payments: Block;
}

/** In milliseconds; infinite where no event says. */
export interface ClockSpan {
  firstMs: number;
  lastMs: number;
  leastLagMs: number;
  mostLagMs: number;
}

/** All that the screen keeps of a chunk. */
export interface ChunkOutcome {
  suspicion: number;
  tally: Tally;
  /** Global positions of the first and the last event that has one; they run without a gap between. */
  firstPosition: number;
  lastPosition: number;
  /** Times of recording, which do not go back in between, and how late events were recorded. */
  clock: ClockSpan;
  movements: Uint32Array<ArrayBuffer>;
  blocks: Blocks;
}

const NO_CLOCK: ClockSpan = {
  firstMs: Infinity,
  lastMs: -Infinity,
  leastLagMs: Infinity,
  mostLagMs: -Infinity,
};
/** How far `log/clock` lets an event occur after its recording. */
const MOST_AHEAD_MS = 1000;

const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const WORD = 2 ** 32;

/** Screens chunks of one log: whole lines, one after another. */
export class ChunkScreen {
  readonly #tape = new token.JsonTape();
  readonly #envelope = new Envelope(this.#tape);
  readonly #secrets: SecretScreen | undefined;
  readonly #types = new KnownTexts(wordOf);
  readonly #hasher: Hasher;
  readonly #vocabulary: VocabularyScreen;
  readonly #identities = new Records(2);
  readonly #revisions = new Records(3);
  readonly #streams;
  #tally: Tally = emptyTally();
  #suspicion = 0;
  #firstPosition: number = NONE;
  #lastPosition: number = NONE;
  #clock: ClockSpan = { ...NO_CLOCK };

  constructor({ seed, amongOthers, secrets }: ChunkSettings, log: number) {
    this.#secrets = secrets ? new SecretScreen(this.#tape) : undefined;
    this.#hasher = new Hasher(seed);
    this.#streams = scopeWithin({ low: 0, high: 0 }, log);
    this.#vocabulary = new VocabularyScreen(this.#tape, { seed, log, amongOthers });
  }

  /** @param bytes lines that a line feed ends, then `SLACK` bytes that are none of them */
  read(bytes: Uint8Array): ChunkOutcome {
    const end = bytes.length - token.SLACK;
    const lines = bytes.subarray(0, end);
    this.#tape.over(bytes);
    this.#hasher.over(this.#tape.view);
    this.#vocabulary.start();
    if (!isUtf8(lines) || BYTE_ORDER_MARK.equals(bytes.subarray(0, 3))) {
      this.#suspicion |= SUSPECT.line;
    } else {
      for (let at = 0; at < end && (this.#suspicion & SUSPECT.line) === 0;)
        at = this.#line(at, lines);
    }
    if (this.#tape.hasHalfLetter) this.#suspicion |= SUSPECT.line;
    return this.#outcome();
  }

  /** @returns where the next line begins */
  #line(from: number, lines: Uint8Array): number {
    this.#tally.lines++;
    const tokens = this.#tape.read(from);
    if (tokens === 0) return this.#noEvent(from, lines);
    if (this.#tape.tape[0] !== token.OBJECT || this.#isControl()) this.#suspicion |= SUSPECT.line;
    else this.#event();
    return this.#tape.end + 1;
  }

  #noEvent(from: number, lines: Uint8Array): number {
    const end = lines.indexOf(0x0a, from);
    if (lines.subarray(from, end).every((byte) => BLANK.has(byte))) this.#tally.blank++;
    else this.#suspicion |= SUSPECT.line;
    return end + 1;
  }

  /** A control line of a followed log, or what could be one, begins with this member. */
  #isControl(): boolean {
    const { tape } = this.#tape;
    return tape[2] !== 1 && ((tape[token.WORDS] as number) >>> token.ID_SHIFT) - 1 === ID.control;
  }

  #event(): void {
    const envelope = this.#envelope;
    this.#suspicion |= envelope.read();
    if ((this.#suspicion & SUSPECT.line) !== 0) return;
    this.#tally.events++;
    if (envelope.fields[ID.recordedtime] !== 0) this.#time();
    const data = envelope.fields[ID.data] as number;
    if (data !== 0) {
      this.#tally.withData++;
      if (this.#secrets?.isClean(data) === false) this.#suspicion |= SUSPECT.secrets;
    }
    if (envelope.fields[ID.causationid] !== 0) this.#tally.causes++;
    if (envelope.position !== NONE) this.#position(envelope.position);
    if (envelope.revision !== NONE) this.#revision(envelope.revision);
    const { tape, view } = this.#tape;
    const type = (envelope.fields[ID.type] as number) * token.WORDS;
    const scopes = this.#vocabulary.scopesOf(envelope.fields[ID.source] as number);
    const id = (envelope.fields[ID.id] as number) * token.WORDS;
    this.#hasher.take(tape[id + 1] as number, tape[id + 2] as number, scopes.identity);
    this.#identities.add(this.#hasher.low, this.#hasher.high);
    const word = this.#types.of(view, tape[type + 1] as number, tape[type + 2] as number);
    if (word !== -1) this.#vocabulary.take(word, envelope, scopes);
  }

  #time(): void {
    this.#tally.withRecording++;
    const clock = this.#clock;
    const { recordedMs, ms } = this.#envelope;
    const lagMs = recordedMs - ms;
    // NaN, which nothing is at least, makes it suspect too.
    if (!(recordedMs >= clock.lastMs && lagMs >= -MOST_AHEAD_MS)) {
      this.#suspicion |= SUSPECT.clock;
    }
    if (clock.firstMs === Infinity) clock.firstMs = recordedMs;
    clock.lastMs = recordedMs;
    if (lagMs < clock.leastLagMs) clock.leastLagMs = lagMs;
    if (lagMs > clock.mostLagMs) clock.mostLagMs = lagMs;
  }

  #position(position: number): void {
    this.#tally.withPosition++;
    const isNext = this.#lastPosition === NONE || position === this.#lastPosition + 1;
    if (position === ODD || !isNext) this.#suspicion |= SUSPECT.order;
    if (this.#firstPosition === NONE) this.#firstPosition = position;
    this.#lastPosition = position;
  }

  #revision(revision: number): void {
    this.#tally.withRevision++;
    const { tape } = this.#tape;
    const stream = (this.#envelope.fields[ID.subject] as number) * token.WORDS;
    const isPlain = ((tape[stream] as number) & ~token.WIDE) === token.STRING;
    if (stream === 0 || !isPlain || revision === ODD || revision >= WORD) {
      this.#suspicion |= SUSPECT.revisions;
      return;
    }
    this.#hasher.take(tape[stream + 1] as number, tape[stream + 2] as number, this.#streams);
    const at = this.#revisions.add(this.#hasher.low, this.#hasher.high);
    this.#revisions.words[at + 2] = revision;
  }

  #outcome(): ChunkOutcome {
    const tally = this.#tally;
    const said = this.#vocabulary.outcome();
    addTally(tally, said.tally);
    const outcome = {
      suspicion: this.#suspicion | said.suspicion,
      tally,
      firstPosition: this.#firstPosition,
      lastPosition: this.#lastPosition,
      clock: this.#clock,
      movements: said.movements,
      blocks: {
        identities: this.#identities.take(),
        revisions: this.#revisions.take(),
        effects: said.effects,
        payments: said.payments,
      },
    };
    this.#tally = emptyTally();
    this.#suspicion = 0;
    this.#firstPosition = NONE;
    this.#lastPosition = NONE;
    this.#clock = { ...NO_CLOCK };
    return outcome;
  }
}
