import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { CommandFact, EventFact, EventRef, FactOf } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { type NamedPlace, nameOf, placeBeside, placeToKeep, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { Watermark } from './watermark.ts';

/** How long an accepted command may stay without a word. */
const WITHIN_MS = 300_000;

export const sagaCommands: Check = defineCheck({
  id: 'saga/commands',
  title: 'Every accepted command has an effect or an outcome, and no command has two outcomes',
  severity: 'high',
  scope: 'all',
  needs: ['event', 'blind', 'command', 'unusable'],
  isKeyed: true,
  unit: 'commands',
  reads: ['time', 'correlationid', 'data.commandId', 'data.status'],
  implies: [],
  about: {
    proves:
      'A command that was accepted has, within 5 minutes, an event that carries its id as `correlationid`, or an outcome on record. No command has two outcomes: two results, or a result and a rejection.',
    skips:
      'Commands that are accepted where events of the log are missing or could not be read. A log without command events has none to check.',
    notFooledBy:
      'A command without effect that records its result; a result without an acceptance before it; the same outcome delivered again; a command accepted less than 5 minutes before the newest event, or before `--as-of`.',
  },
  start: (evidence, settings) => new Commands(evidence, settings),
});

interface CommandState {
  commandId: string;
  accepted: (NamedPlace & { timeMs: number | undefined; lostBefore: number }) | undefined;
  outcome: { at: EventRef; event: string } | undefined;
  /** Whether an event carries its id. */
  hasEvent: boolean;
}

type Taken = FactOf<'event' | 'blind' | 'command' | 'unusable'>;

class Commands implements CheckRun<Taken> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #watermark: Watermark;
  readonly #commands = new Map<string, CommandState>();
  /** Correlation ids of events so far that are no command's known yet. */
  readonly #correlated = new Set<string>();
  /** The last event, until it is known whether it is one of a command itself. */
  #last: EventFact | undefined;
  /** Events so far that are missing or unreadable. */
  #lost = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
    this.#watermark = new Watermark(settings);
  }

  take(fact: Taken): void {
    if (fact.kind === 'event') {
      this.#correlate();
      this.#last = fact;
      this.#watermark.take(fact);
    } else if (fact.kind === 'blind') {
      this.#lost++;
    } else if (fact.kind === 'unusable') {
      if (fact.what === 'command') this.#takeUnusable(fact.event);
    } else {
      if (this.#last === fact.event) this.#last = undefined;
      this.#takeCommand(fact);
    }
  }

  finish(): void {
    this.#correlate();
    for (const state of this.#commands.values()) this.#judgeSilence(state);
  }

  #takeUnusable(event: EventFact): void {
    if (this.#last === event) this.#last = undefined;
    this.#lost++;
    if (this.#settings.isFirstPass) this.#evidence.skipped('the command could not be read');
  }

  /** Events of a command carry its id. */
  #correlate(): void {
    const id = this.#last?.correlationId;
    this.#last = undefined;
    if (id === undefined) return;
    const key = keyOf(id);
    if (!this.#settings.owns(key)) return;
    const state = this.#commands.get(key);
    if (state !== undefined) state.hasEvent = true;
    else if (this.#correlated.has(key) || !this.#isFull()) this.#correlated.add(key);
  }

  #takeCommand(fact: CommandFact): void {
    const key = keyOf(fact.commandId);
    if (!this.#settings.owns(key)) return;
    const state = this.#stateOf(key, fact.commandId);
    if (state === undefined) return;
    if (fact.step !== 'accepted') this.#takeOutcome(state, fact);
    else {
      const { event } = fact;
      const timeMs = parseRfc3339Ms(event.time ?? '');
      state.accepted ??= { ...placeToKeep(event), timeMs, lostBefore: this.#lost };
    }
  }

  #stateOf(key: string, commandId: string): CommandState | undefined {
    const known = this.#commands.get(key);
    if (known !== undefined) return known;
    const hasEvent = this.#correlated.delete(key);
    if (!hasEvent && this.#isFull()) return undefined;
    this.#evidence.checked();
    const id = ownCopy(commandId);
    const state = { commandId: id, accepted: undefined, outcome: undefined, hasEvent };
    this.#commands.set(key, state);
    return state;
  }

  #takeOutcome(state: CommandState, { event, commandId }: CommandFact): void {
    const told = keyOf(event.source ?? '', event.id ?? '');
    const first = state.outcome;
    state.outcome ??= { at: event.at, event: told };
    if (first === undefined || (event.id !== undefined && first.event === told)) return;
    this.#evidence.found({
      message: `command ${quoted(commandId)} has a second outcome by ${nameOf(event)}; the first was at ${placeBeside(first.at, event.at)}`,
      expected: 'one outcome',
      actual: 'two',
      events: [first.at, event.at],
      keys: ['outcome', commandId],
    });
  }

  #judgeSilence({ commandId, accepted, outcome, hasEvent }: CommandState): void {
    if (accepted === undefined || outcome !== undefined || hasEvent) return;
    if (this.#lost > accepted.lostBefore) {
      return this.#evidence.skipped('events behind its acceptance are missing');
    }
    const nowMs = this.#watermark.ms;
    if (accepted.timeMs === undefined || nowMs === undefined) {
      return this.#evidence.skipped('the time of its acceptance cannot be read');
    }
    if (nowMs - accepted.timeMs <= WITHIN_MS) return;
    this.#evidence.found({
      message: `command ${quoted(commandId)} was accepted by ${nameOf(accepted)}, and neither an event nor an outcome followed within 5 minutes`,
      expected: 'an event of the command, its result or its rejection',
      actual: 'none',
      events: [accepted.at],
      keys: ['silence', commandId],
    });
  }

  #isFull(): boolean {
    const { maxKeys } = this.#settings;
    if (this.#commands.size + this.#correlated.size < maxKeys) return false;
    this.#evidence.gaveUp(`the log has more than ${maxKeys} commands and correlation ids`);
    return true;
  }
}
