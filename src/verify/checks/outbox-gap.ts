import type { OutboxConfig } from '../../model/verify-config.ts';
import { parseDurationMs, parseRfc3339Ms } from '../../kernel/time.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf, Log } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { placeBeside, placeOf, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { type JoinKey, joinKeyOf } from './join-key.ts';
import { Watermark } from './watermark.ts';

const DEFAULT_WITHIN = '5m';

export const outboxGap: Check = defineCheck({
  id: 'outbox/gap',
  title: 'What was committed is published, once and in order, and nothing else is',
  severity: 'critical',
  scope: 'all',
  needs: ['event', 'blind'],
  isKeyed: true,
  unit: 'messages',
  reads: ['source', 'time'],
  // A message published twice stands twice in the log of the topic.
  implies: ['log/duplicates'],
  about: {
    proves:
      'Of the two sources that `verify.outbox` names: each event committed is published within the time of `within` (5 minutes); each one published was committed, and is published once; events of one stream are published in the order of their commits. Both sides are joined by `key` (the id of the event).',
    skips:
      'Runs without `verify.outbox`, or that do not read both sources. Records without the key. What is published after the last commit that is read; what one side lacks where events of the other are missing, or it begins in mid-life.',
    notFooledBy:
      'A relay that lags: what was committed less than `within` before the newest event of both, or before `--as-of`, may still come. Messages that are delivered twice where the log says so (`duplicates: identical`). Streams that overtake each other. Where nothing is mapped, no check takes what is published for a second effect.',
  },
  start: (evidence, settings) => {
    const { outbox } = settings.config;
    const key = outbox && joinKeyOf(outbox);
    if (outbox === undefined || key === undefined) return new Unsaid(evidence);
    return new Outbox(evidence, { settings, outbox, key });
  },
});

/** Nothing says which sources are the two sides. */
class Unsaid implements CheckRun {
  readonly #evidence: Evidence;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  take(): void {}

  finish(): void {
    this.#evidence.skipped('fintech.yaml has no verify.outbox', 0);
  }
}

interface Side {
  at: EventRef;
  timeMs: number | undefined;
}

interface Message {
  key: string;
  /** Of the committed event. */
  stream: string | undefined;
  committed: Side | undefined;
  published: Side | undefined;
  /** Whether gaps of it are for this pass to judge. */
  isOwned: boolean;
}

interface OutboxOptions {
  settings: CheckSettings;
  outbox: OutboxConfig;
  key: JoinKey;
}

type Taken = FactOf<'event' | 'blind'>;

class Outbox implements CheckRun<Taken> {
  readonly #evidence: Evidence;
  readonly #options: OutboxOptions;
  readonly #watermark: Watermark;
  readonly #messages = new Map<string, Message>();
  /** The logs of the two sides, once they are read. */
  readonly #logs: { committed: Log | undefined; published: Log | undefined } = {
    committed: undefined,
    published: undefined,
  };
  #lastCommitMs = -Infinity;
  /** Logs of which events are missing. */
  readonly #torn = new Set<Log>();
  #readLast: Log | undefined;
  #isBlind = false;

  constructor(evidence: Evidence, options: OutboxOptions) {
    this.#evidence = evidence;
    this.#options = options;
    this.#watermark = new Watermark(options.settings);
  }

  take(fact: Taken): void {
    if (fact.kind === 'blind') {
      // In the log of the last event or of the next: it does not say in which.
      this.#isBlind = true;
      if (this.#readLast !== undefined) this.#torn.add(this.#readLast);
      return;
    }
    const { log } = fact.at;
    if (this.#isBlind || log.profile.startsInMiddle) this.#torn.add(log);
    this.#isBlind = false;
    this.#readLast = log;
    const side = this.#sideOf(log);
    if (side === undefined) return;
    this.#logs[side] = log;
    this.#watermark.take(fact);
    this.#takeMessage(fact, side);
  }

  finish(): void {
    const { outbox } = this.#options;
    for (const side of ['committed', 'published'] as const) {
      if (this.#logs[side] !== undefined) continue;
      return this.#evidence.skipped(`no event of ${quoted(outbox[side])} is read`, 0);
    }
    for (const message of this.#messages.values()) {
      if (!message.isOwned) continue;
      this.#evidence.checked();
      if (message.published === undefined) this.#judgeUnpublished(message);
      else if (message.committed === undefined) this.#judgeUncommitted(message);
    }
    this.#judgeOrder();
  }

  #sideOf({ name }: Log): 'committed' | 'published' | undefined {
    const { committed, published } = this.#options.outbox;
    if (name === committed) return 'committed';
    return name === published ? 'published' : undefined;
  }

  #takeMessage(event: EventFact, side: 'committed' | 'published'): void {
    const { settings, key: keyOfEvent } = this.#options;
    const timeMs = parseRfc3339Ms(event.time ?? '');
    if (side === 'committed' && timeMs !== undefined && timeMs > this.#lastCommitMs) {
      this.#lastCommitMs = timeMs;
    }
    const key = keyOfEvent(event);
    if (key === undefined) {
      if (settings.isFirstPass) this.#evidence.skipped('the record has no key to join by');
      return;
    }
    const message = this.#messageOf(key, event.stream);
    if (message === undefined) return;
    if (side === 'committed' && event.stream !== undefined)
      message.stream ??= ownCopy(event.stream);
    const first = message[side];
    message[side] ??= { at: event.at, timeMs };
    if (side === 'published' && first !== undefined && message.isOwned) {
      this.#judgeTwice(message, { first: first.at, event });
    }
  }

  /** Gaps are judged by the pass that owns the key, order by the one that owns the stream. */
  #messageOf(key: string, stream: string | undefined): Message | undefined {
    const { settings } = this.#options;
    const id = keyOf('message', key);
    const known = this.#messages.get(id);
    if (known !== undefined) return known;
    const isOwned = settings.owns(id);
    if (!isOwned && !(stream !== undefined && settings.owns(streamKey(stream)))) return undefined;
    if (this.#messages.size >= settings.maxKeys) {
      this.#evidence.gaveUp(`the logs have more than ${settings.maxKeys} messages`);
      return undefined;
    }
    const message: Message = {
      key: ownCopy(key),
      stream: undefined,
      committed: undefined,
      published: undefined,
      isOwned,
    };
    this.#messages.set(id, message);
    return message;
  }

  #judgeTwice({ key }: Message, { first, event }: { first: EventRef; event: EventFact }): void {
    if (event.at.log.profile.redelivers) return;
    this.#evidence.found({
      message: `${quoted(key)} is published twice, at ${placeOf(first)} and ${placeBeside(event.at, first)}`,
      expected: 'one publication',
      actual: 'two',
      events: [first, event.at],
      keys: ['twice', key],
    });
  }

  #judgeUnpublished({ key, committed }: Message): void {
    if (committed === undefined) return;
    if (this.#isTorn('published')) return this.#skipMissing();
    const { within = DEFAULT_WITHIN } = this.#options.outbox;
    const nowMs = this.#watermark.ms;
    if (committed.timeMs === undefined || nowMs === undefined) {
      return this.#evidence.skipped('the time of the commit cannot be read');
    }
    if (nowMs - committed.timeMs <= (parseDurationMs(within) ?? Infinity)) return;
    const published = quoted(this.#options.outbox.published);
    this.#evidence.found({
      message: `${quoted(key)}, committed at ${placeOf(committed.at)}, is not published to ${published} within ${within}`,
      expected: `a publication within ${within}`,
      actual: 'none',
      events: [committed.at],
      keys: ['unpublished', key],
    });
  }

  #judgeUncommitted({ key, published }: Message): void {
    if (published === undefined) return;
    if (this.#isTorn('committed')) return this.#skipMissing();
    if ((published.timeMs ?? Infinity) > this.#lastCommitMs) {
      return this.#evidence.skipped('it is published after the last commit that is read');
    }
    this.#evidence.found({
      message: `${quoted(key)} is published at ${placeOf(published.at)} and was never committed to ${quoted(this.#options.outbox.committed)}`,
      expected: 'a commit of it',
      actual: 'none',
      events: [published.at],
      keys: ['uncommitted', key],
    });
  }

  /** Along each stream of what was published, commits only go forward. */
  #judgeOrder(): void {
    const { settings } = this.#options;
    const last = new Map<string, { published: Side; committed: Side }>();
    for (const { key, stream, published, committed } of this.#inPublishedOrder()) {
      if (stream === undefined || published === undefined || committed === undefined) continue;
      if (!settings.owns(streamKey(stream))) continue;
      const before = last.get(stream);
      if (before !== undefined && committed.at.line < before.committed.at.line) {
        this.#foundOvertaken(key, { stream, before: before.published.at, at: published.at });
      } else last.set(stream, { published, committed });
    }
  }

  #inPublishedOrder(): Message[] {
    const line = ({ published }: Message) => published?.at.line ?? 0;
    return [...this.#messages.values()].sort((a, b) => line(a) - line(b));
  }

  #foundOvertaken(
    key: string,
    { stream, before, at }: { stream: string; before: EventRef; at: EventRef },
  ): void {
    this.#evidence.found({
      message: `${quoted(key)} of stream ${quoted(stream)} is published at ${placeOf(at)}, behind what was committed after it, at ${placeOf(before)}`,
      expected: 'the order of the commits',
      actual: 'overtaken',
      events: [before, at],
      keys: ['order', stream, key],
    });
  }

  #isTorn(side: 'committed' | 'published'): boolean {
    const log = this.#logs[side];
    return log !== undefined && this.#torn.has(log);
  }

  #skipMissing(): void {
    this.#evidence.skipped('events of the other side may be missing');
  }
}

function streamKey(stream: string): string {
  return keyOf('stream', stream);
}
