import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { Check, CheckRun, CheckSettings, Proof } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { FactOf, SagaFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { type NamedPlace, nameOf, placeToKeep, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { sagaRules, type SagaRules, stepsAfter } from './saga-rules.ts';
import { Watermark } from './watermark.ts';

export const sagaCompletion: Check = defineCheck({
  id: 'saga/completion',
  title: 'Every process takes only legal steps, and ends in time',
  severity: 'critical',
  scope: 'all',
  needs: ['event', 'blind', 'saga', 'payment', 'unusable'],
  isKeyed: true,
  unit: 'steps of processes',
  reads: ['time', 'data.paymentId'],
  implies: [],
  about: {
    proves:
      'Each process begins with a step that starts it, goes on only by steps that its rules allow after the one before, compensations among them, and reaches an end within its deadline, counted from its last step. Payments: initiated, authorised, captured (in parts, too), settled; or declined, voided before capture; refunds and chargebacks after it; 7 days. `verify.sagas` holds the rules of other processes, or other rules for `payment`. Critical where money is at stake, else high.',
    skips:
      'Processes without rules; those of which no start is in the log at all, and those that began before a log that begins in mid-life; steps after missing or unreadable events; the order of steps in several logs, or in one without order.',
    notFooledBy:
      'A log that ends while processes run: the deadline is held against the newest time of an event, or `--as-of`. A step delivered again, or recorded again by a retry with the same business key. A step that came late, but came.',
  },
  start: (evidence, settings) => new Completion(evidence, settings),
});

interface SagaState {
  name: string;
  key: string;
  /** The last step that counts, and the last event of any step. */
  step: string;
  last: NamedPlace;
  timeMs: number | undefined;
  /** What was told of it, so that a delivery or a retry is known. */
  told: Set<string>;
  /** Events missing or unreadable up to its last step. */
  lostBefore: number;
  /** Its first event, where that is no start. */
  headless: NamedPlace | undefined;
  /** Whether its steps have no order that is known. */
  isScattered: boolean;
  hasEnded: boolean;
}

interface Step extends Pick<SagaFact, 'event' | 'name' | 'key' | 'step'> {
  /** What the step did, by a business key: the same step with the same effect is a retry. */
  effect: string | undefined;
}

type Taken = FactOf<'event' | 'blind' | 'saga' | 'payment' | 'unusable'>;

class Completion implements CheckRun<Taken> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #watermark: Watermark;
  readonly #rules: ReadonlyMap<string, SagaRules>;
  readonly #states = new Map<string, SagaState>();
  /** Processes of which a start was seen. */
  readonly #started = new Set<string>();
  #lost = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
    this.#watermark = new Watermark(settings);
    this.#rules = sagaRules(settings.config);
  }

  take(fact: Taken): void {
    if (fact.kind === 'event') this.#watermark.take(fact);
    else if (fact.kind === 'blind') this.#lost++;
    else if (fact.kind === 'unusable') this.#takeUnusable(fact.what);
    else if (fact.kind === 'saga') this.#takeStep({ ...fact, effect: fact.event.idempotencyKey });
    else {
      const effect = fact.refundId ?? fact.transactionId ?? fact.idempotencyKey;
      this.#takeStep({ ...fact, name: 'payment', key: fact.paymentId, effect });
    }
  }

  finish(): void {
    for (const state of this.#states.values()) {
      const rules = this.#rules.get(state.name);
      if (rules === undefined) continue;
      if (state.headless === undefined) this.#judgeEnd(state, rules);
      else this.#judgeBeginning(state, state.headless, rules);
    }
  }

  #takeUnusable(what: FactOf<'unusable'>['what']): void {
    if (what !== 'payment' && what !== 'saga') return;
    this.#lost++;
    if (this.#settings.isFirstPass) this.#evidence.skipped('the step could not be read');
  }

  #takeStep(fact: Step): void {
    const rules = this.#rules.get(fact.name);
    const key = keyOf(fact.name, fact.key);
    if (rules?.start.has(fact.step) === true) this.#started.add(fact.name);
    if (!this.#settings.owns(key)) return;
    if (rules === undefined) return this.#evidence.skipped(noRules(fact.name));
    const state = this.#states.get(key);
    if (state === undefined) return this.#begin(key, fact, rules);
    const told = toldBy(fact);
    if (told.some((one) => state.told.has(one))) return;
    for (const one of told) state.told.add(one);
    this.#evidence.checked();
    this.#judgeStep(state, fact, rules);
    advance(state, fact, rules);
    state.lostBefore = this.#lost;
  }

  #begin(key: string, fact: Step, rules: SagaRules): void {
    const { maxKeys } = this.#settings;
    if (this.#states.size >= maxKeys) {
      return this.#evidence.gaveUp(`the log has more than ${maxKeys} processes`);
    }
    this.#evidence.checked();
    const { event, name, step } = fact;
    const last = placeToKeep(event);
    const { order, startsInMiddle } = event.at.log.profile;
    const mayBegin = rules.start.has(step) || order === 'none';
    if (!mayBegin && (startsInMiddle || this.#lost > 0)) {
      this.#evidence.skipped('it began before the log, or in what is missing of it');
    }
    const unknown = mayBegin || startsInMiddle || this.#lost > 0;
    this.#states.set(key, {
      name,
      key: ownCopy(fact.key),
      step,
      last,
      timeMs: parseRfc3339Ms(event.time ?? ''),
      told: new Set(toldBy(fact)),
      lostBefore: this.#lost,
      headless: unknown ? undefined : last,
      isScattered: order === 'none',
      hasEnded: rules.end.has(step),
    });
  }

  #judgeStep(state: SagaState, { event, step }: Step, rules: SagaRules): void {
    if (state.isScattered || state.last.at.log !== event.at.log) {
      state.isScattered = true;
      state.headless = undefined;
      return this.#evidence.skipped(
        'its steps have no order: they are of several logs or partitions',
      );
    }
    const allowed = stepsAfter(rules, state.step);
    if (allowed.includes(step)) return;
    if (this.#lost > state.lostBefore) {
      return this.#evidence.skipped('events between two of its steps are missing');
    }
    const expected = allowed.length === 0 ? 'no further step' : oneOf(allowed);
    this.#found(rules, {
      message: `${saga(state)} goes from ${state.step} to ${step} by ${nameOf(event)}: expected ${expected}`,
      expected,
      actual: step,
      events: [state.last.at, event.at],
      keys: ['step', state.name, state.key, state.step, step],
    });
  }

  #judgeBeginning(state: SagaState, first: NamedPlace, rules: SagaRules): void {
    if (!this.#started.has(state.name)) {
      return this.#evidence.skipped(`no start of a ${state.name} is in the log`);
    }
    const expected = oneOf([...rules.start]);
    this.#found(rules, {
      message: `${saga(state)} begins with ${nameOf(first)}, which is no start: expected ${expected}`,
      expected,
      actual: 'another step',
      events: [first.at],
      keys: ['start', state.name, state.key],
    });
  }

  #judgeEnd(state: SagaState, rules: SagaRules): void {
    if (state.hasEnded) return;
    if (this.#lost > state.lostBefore) {
      return this.#evidence.skipped('events behind its last step are missing');
    }
    const nowMs = this.#watermark.ms;
    if (state.timeMs === undefined || nowMs === undefined) {
      return this.#evidence.skipped('the time of its last step cannot be read');
    }
    if (nowMs - state.timeMs <= rules.deadlineMs) return;
    const expected = oneOf(stepsAfter(rules, state.step));
    this.#found(rules, {
      message: `${saga(state)} is ${state.step} since ${nameOf(state.last)} and did not go on within ${rules.deadline}: expected ${expected}`,
      expected: `${expected} within ${rules.deadline}`,
      actual: `still ${state.step}`,
      events: [state.last.at],
      keys: ['end', state.name, state.key],
    });
  }

  #found({ money }: SagaRules, proof: Proof): void {
    this.#evidence.found({ ...proof, severity: money ? 'critical' : 'high' });
  }
}

function advance(state: SagaState, { event, step }: Step, rules: SagaRules): void {
  const wasEnded = state.isScattered && state.hasEnded;
  if (!rules.aside.has(step)) state.step = step;
  state.last = placeToKeep(event);
  state.timeMs = parseRfc3339Ms(event.time ?? '');
  state.hasEnded = wasEnded || rules.end.has(state.step);
}

/** The event by its id, and the step by its effect. */
function toldBy({ event, step, effect }: Step): string[] {
  return [
    ...(event.id === undefined ? [] : [keyOf('event', event.source ?? '', event.id)]),
    ...(effect === undefined ? [] : [keyOf('effect', step, effect)]),
  ];
}

function noRules(name: string): string {
  return `verify.sagas has no rules for ${quoted(name)}`;
}

function saga({ name, key }: SagaState): string {
  return `${name} ${quoted(key)}`;
}

function oneOf(steps: readonly string[]): string {
  return steps.length < 2 ? steps.join('') : `${steps.slice(0, -1).join(', ')} or ${steps.at(-1)}`;
}
