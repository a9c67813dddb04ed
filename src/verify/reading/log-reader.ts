import type { ByteLine } from '../../kernel/lines.ts';
import type { Emit, EventFact, EventRef, Log } from '../facts.ts';
import { MAX_LINE_BYTES, type ReadEvent } from '../source/source.ts';
import { withoutMark } from './lines-of.ts';
import { isControlLine } from './read-event.ts';
import { type LineReading, readLine } from './read-line.ts';
import { Redeliveries } from './redeliveries.ts';
import { isTorn } from './torn.ts';

const BLANK_BYTES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);

interface LogReaderOptions {
  readEvent: ReadEvent;
  emit: Emit;
  /** Events remembered at most, where one may be delivered again. */
  maxKeys: number;
}

/** The part of a log a line belongs to. */
interface Part {
  name: string;
  firstLine: number;
  /** Whether no part follows: only there a torn last line is normal. */
  last: boolean;
}

/** Turns the lines of one log into facts about its events and its bytes. */
export class LogReader {
  readonly #log: Log;
  readonly #readEvent: ReadEvent;
  readonly #emit: Emit;
  readonly #redeliveries: Redeliveries | undefined;
  #part: Part = { name: '', firstLine: 1, last: true };
  #line = 0;
  #events = 0;
  /** The highest position of each partition. */
  readonly #positions = new Map<string, bigint>();

  constructor(log: Log, { readEvent, emit, maxKeys }: LogReaderOptions) {
    this.#log = log;
    this.#readEvent = readEvent;
    this.#emit = emit;
    this.#redeliveries = log.profile.redelivers ? new Redeliveries(maxKeys) : undefined;
  }

  get events(): number {
    return this.#events;
  }

  startPart(name: string, last: boolean): void {
    this.#part = { name, firstLine: this.#line + 1, last };
    this.#log.parts.push({ name, firstLine: this.#part.firstLine });
    const { length } = this.#log.parts;
    if (length === 1 && this.#log.profile.startsInMiddle) this.#say('past');
  }

  /** @returns the event, when the line holds one */
  take(whole: ByteLine): EventFact | undefined {
    this.#line = this.#part.firstLine + whole.number - 1;
    const line = this.#unmarked(whole);
    if (line.tooLong) {
      const message = `a line longer than ${MAX_LINE_BYTES} bytes`;
      this.#served(undefined);
      return this.#lost(line, { fault: 'too-long', message, offset: 0 });
    }
    if (line.bytes.every((byte) => BLANK_BYTES.has(byte))) {
      this.#served(whole);
      return this.#pass('blank', line.offset);
    }
    return this.#read(line, whole);
  }

  #read(line: ByteLine, whole: ByteLine): EventFact | undefined {
    const reading = readLine(line.bytes);
    if (reading.ok && isControlLine(reading.node)) return this.#pass('control', line.offset);
    if (!reading.ok && this.#mayBeTorn(line) && isTorn(line.bytes, reading)) {
      return this.#pass('torn', line.offset);
    }
    const event = reading.ok ? this.#event(reading.node) : this.#lost(line, reading);
    if (reading.ok) this.#lookForHalfLetters(line, reading);
    this.#served(whole, event);
    return event;
  }

  #served(line: ByteLine | undefined, event?: EventFact): void {
    this.#emit({ kind: 'line', at: event?.at ?? this.#here(), bytes: line?.bytes });
  }

  #event(node: EventFact['node']): EventFact {
    const event = this.#readEvent(node, this.#log, this.#line);
    this.#events++;
    this.#lookForGap(event);
    this.#lookForRedelivery(event);
    if (event.type === undefined && this.#log.profile.typed) this.#say('inside');
    this.#emit(event);
    return event;
  }

  #lookForHalfLetters(line: ByteLine, { loneSurrogate: half }: WholeLine): void {
    if (half === undefined) return;
    const message = `${half.text} is half of a letter (a lone surrogate, RFC 8259 §8.2)`;
    this.#damage(line, { fault: 'lone-surrogate', message, offset: half.offset }, false);
  }

  /** Says so where positions show that events are missing, or that the log begins in mid-life. */
  #lookForGap({ at, partition = '', globalPosition }: EventFact): void {
    const { order, startsInMiddle } = this.#log.profile;
    if (order !== 'gapless' || globalPosition === undefined || at.position.startsWith('line:')) {
      return;
    }
    const position = BigInt(globalPosition);
    const before = this.#positions.get(partition);
    const highest = before ?? 0n;
    if (position > highest + 1n && before !== undefined) this.#say('inside');
    else if (position > highest + 1n && !startsInMiddle) this.#say('past');
    this.#positions.set(partition, position > highest ? position : highest);
  }

  #lookForRedelivery(event: EventFact): void {
    const redeliveries = this.#redeliveries;
    if (redeliveries === undefined) return;
    // Beyond this the effect of an event may be counted twice.
    if (redeliveries.isFull) this.#say('inside');
    if (redeliveries.isAgain(event)) event.again = true;
  }

  #say(missing: 'past' | 'inside'): void {
    this.#emit({ kind: 'blind', missing });
  }

  /** Only a last line: torn it is normal, for its event was never acknowledged. */
  #mayBeTorn(line: ByteLine): boolean {
    return !line.terminated && this.#part.last;
  }

  #unmarked(line: ByteLine): ByteLine {
    const bare = withoutMark(line);
    if (bare === undefined) return line;
    const message = 'a byte order mark, which RFC 8259 §8.1 forbids';
    this.#damage(line, { fault: 'byte-order-mark', message, offset: 0 }, false);
    return bare;
  }

  #lost(line: ByteLine, reading: Fault): undefined {
    this.#say('inside');
    this.#damage(line, reading, true);
  }

  #damage(line: { offset: number }, { fault, message, offset }: Fault, lost: boolean): void {
    this.#emit({
      kind: 'damage',
      at: this.#here(),
      fault,
      message,
      file: this.#part.name,
      offset: line.offset + offset,
      lost,
    });
  }

  #pass(why: 'blank' | 'torn' | 'control', offset: number): undefined {
    this.#emit({ kind: 'passed', at: this.#here(), why, offset });
  }

  #here(): EventRef {
    return { log: this.#log, line: this.#line, position: `line:${this.#line}` };
  }
}

type WholeLine = Extract<LineReading, { ok: true }>;
type Fault = Omit<Extract<LineReading, { ok: false }>, 'ok'>;
