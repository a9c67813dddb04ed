import { nextTurn } from '../../kernel/turn.ts';
import type { Proof } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import { counted, quoted } from '../naming.ts';
import type { HistoryCheck, HistorySettings } from './contract.ts';
import { endOf, recordsOf } from './operation.ts';
import { type Register, type RegisterCall, registersOf } from './register-calls.ts';
import { type State, stateText } from './register-model.ts';
import { Search, type SearchOutcome, type SearchRoom } from './search.ts';
import { shrink, withoutIdle } from './shrink.ts';

export const historyRegister: HistoryCheck = {
  id: 'history/register',
  title: 'Every register behaves as one copy that takes one call at a time',
  severity: 'critical',
  models: ['register', 'kv'],
  unit: 'calls',
  reads: ['process', 'type', 'f', 'key', 'value'],
  implies: [],
  about: {
    proves:
      'The calls on each key are linearizable: there is an order of them in which each takes effect between its beginning and its end, and every read returns what was written last. `--model register` has `read`, `write` and `cas`; `--model kv` has `get`, `put` and `append`. Before it is written, a register holds null.',
    skips:
      'Keys whose search was not over by `--timeout` (60 s unless told), or needed too much memory: the verdict is then inconclusive, never a failure.',
    notFooledBy:
      'Calls that timed out (`info`, or no end at all): they may take effect at any later time, or never. Calls that failed had no effect. A finding is made small without leaving out a write that a remaining call can have seen.',
  },
  judge,
};

/** Steps of one key before it is another's turn. */
const TURN_STEPS = 20_000;
const MAX_SHRINK_STEPS = 2_000_000;

async function judge(
  { operations }: { operations: Parameters<typeof registersOf>[0] },
  evidence: Evidence,
  settings: HistorySettings,
): Promise<void> {
  const model = settings.model === 'kv' ? 'kv' : 'register';
  const room = { ...settings.room };
  const judgement = new Judgement(evidence, settings, room);
  let left = registersOf(operations, model).map((register): Running => ({
    register,
    search: new Search(withoutIdle(register.calls), room),
  }));
  while (left.length > 0) {
    const unsettled: Running[] = [];
    for (const running of left) {
      if (!judgement.settle(running)) unsettled.push(running);
      await nextTurn();
      settings.signal.throwIfAborted();
    }
    left = unsettled;
  }
}

interface Running {
  register: Register;
  search: Search;
}

class Judgement {
  readonly #evidence: Evidence;
  readonly #settings: HistorySettings;
  readonly #room: SearchRoom;

  constructor(evidence: Evidence, settings: HistorySettings, room: SearchRoom) {
    this.#evidence = evidence;
    this.#settings = settings;
    this.#room = room;
  }

  /** @returns whether all is said of this register */
  settle({ register, search }: Running): boolean {
    const { isOver, text } = this.#settings.timeout;
    const outcome: SearchOutcome = isOver() ? 'more' : search.run(TURN_STEPS);
    const calls = register.calls.length;
    if (outcome === 'order' || outcome === 'none') this.#evidence.checked(calls);
    if (outcome === 'none') this.#evidence.found(this.#proofOf(register, search.blocked.endedAt));
    if (outcome === 'full') {
      this.#evidence.gaveUp('the search for an order needs too much memory', calls);
    }
    if (outcome !== 'more') return true;
    if (!isOver()) return false;
    this.#evidence.gaveUp(`the search for an order was not over after ${text}`, calls);
    return true;
  }

  #proofOf({ key, calls }: Register, endedAt: number): Proof {
    const isShown = this.#evidence.counts.found < this.#settings.maxFindings;
    const kept = shrink(calls, endedAt, {
      room: this.#room,
      maxSteps: isShown ? MAX_SHRINK_STEPS : 0,
      isOver: this.#settings.timeout.isOver,
    });
    const search = new Search(kept, this.#room);
    search.run(MAX_SHRINK_STEPS);
    return proofOf({ key, calls: kept }, search.blocked);
  }
}

function proofOf(
  { key, calls }: Register,
  blocked: { endedAt: number; states: ReadonlySet<State> },
): Proof {
  const last = calls.find(({ returnedAt }) => returnedAt === blocked.endedAt);
  const expected = `${listed(blocked.states)}, as any order of the calls before leaves it`;
  const actual = last === undefined ? 'none of these' : seenBy(last);
  const which = key === undefined ? 'the register' : `key ${key}`;
  const whose = last === undefined ? '' : ` of ${endOf(last.operation)}`;
  return {
    message: `no order of ${counted(calls.length, 'calls')} on ${which} explains the ${last?.operation.f ?? 'call'}${whose}: expected ${expected}, found ${actual}`,
    expected,
    actual,
    events: recordsOf(calls.map(({ operation, returnedAt }) => shownOf(operation, returnedAt))),
    keys: [],
  };
}

/** A call that had not ended when the fault showed is shown by its beginning. */
function shownOf(operation: RegisterCall['operation'], returnedAt: number) {
  return returnedAt === Infinity ? { ...operation, end: undefined } : operation;
}

function seenBy({ effect }: RegisterCall): string {
  if (effect.kind === 'read') return text(effect.value);
  return effect.kind === 'cas' ? `a cas from ${text(effect.from)} that was made` : effect.kind;
}

const MAX_LISTED = 5;

function listed(states: ReadonlySet<State>): string {
  const texts = [...states].map(text).toSorted();
  const more = texts.length - MAX_LISTED;
  const shown = texts.slice(0, MAX_LISTED).join(' or ');
  return more > 0 ? `${shown} or ${more} more` : shown;
}

const MAX_TEXT = 120;

function text(state: State): string {
  const whole = stateText(state);
  return whole.length > MAX_TEXT ? quoted(whole) : whole;
}
