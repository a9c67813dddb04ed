import { nextTurn } from '../../kernel/turn.ts';
import type { Proof } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import { counted } from '../../kernel/counted.ts';
import { quoted } from '../naming.ts';
import type { HistoryCheck, HistorySettings } from './contract.ts';
import { endOf, recordsOf } from './operation.ts';
import { withoutIdle } from './part.ts';
import { type Register, type RegisterCall, registersOf } from './register-calls.ts';
import { NOTHING, type State, stateText } from './register-model.ts';
import { type Blocked, Search, type SearchOutcome, type SearchRoom, TURN_STEPS } from './search.ts';
import { shrink, type Small } from './shrink.ts';

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
      'Calls that timed out (`info`, or no end at all): they may take effect at any later time, or never. Calls that failed had no effect. A finding is made small without leaving out a write that a call left in it can have seen.',
  },
  judge,
};

/** Steps of all searches that make one finding small. */
const MAX_SHRINK_STEPS = 4_000_000;

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
      if (!(await judgement.settle(running))) unsettled.push(running);
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
  async settle({ register, search }: Running): Promise<boolean> {
    const { isOver, text } = this.#settings.timeout;
    const outcome: SearchOutcome = isOver() ? 'more' : search.run(TURN_STEPS);
    const calls = register.calls.length;
    if (outcome === 'order' || outcome === 'none') this.#evidence.checked(calls);
    if (outcome === 'none') {
      this.#evidence.found(await this.#proofOf(register, search.blocked));
    }
    if (outcome === 'full') {
      this.#evidence.gaveUp('the search for an order needs too much memory', calls);
    }
    if (outcome !== 'more') return true;
    if (!isOver()) return false;
    this.#evidence.gaveUp(`the search for an order was not over after ${text}`, calls);
    return true;
  }

  async #proofOf({ key, calls }: Register, blocked: Blocked): Promise<Proof> {
    const { timeout, signal, maxFindings } = this.#settings;
    const isShown = this.#evidence.counts.found < maxFindings;
    const small = await shrink(calls, blocked, {
      room: this.#room,
      maxSteps: isShown ? MAX_SHRINK_STEPS : 0,
      isOver: () => timeout.isOver() || signal.aborted,
    });
    return proofOf(small, { key, calls });
  }
}

/** Of a finding that could not be made small the last records are shown. */
const MAX_SHOWN = 200;

function proofOf({ calls, blocked }: Small<RegisterCall>, { key, calls: all }: Register): Proof {
  const last = calls.find(({ returnedAt }) => returnedAt === blocked.endedAt);
  const expected =
    last !== undefined && isOfNobody(last, all)
      ? 'null or what some call wrote'
      : `${listed(blocked.states)}, as any order of the calls before leaves it`;
  const actual = last === undefined ? 'none of these' : seenBy(last);
  const which = key === undefined ? 'the register' : `key ${key}`;
  const records = recordsOf(
    calls.map(({ operation, returnedAt }) => shownOf(operation, returnedAt)),
  );
  const cut =
    records.length > MAX_SHOWN ? ` (of ${records.length} records, the last ${MAX_SHOWN})` : '';
  const whose = last === undefined ? '' : ` of ${endOf(last.operation)}`;
  return {
    message: `no order of ${counted(calls.length, 'calls')} on ${which} explains the ${last?.operation.f ?? 'call'}${whose}: expected ${expected}, found ${actual}${cut}`,
    expected,
    actual,
    events: records.slice(-MAX_SHOWN),
    keys: [],
  };
}

/** Whether a read saw what no call of the register can have left. */
function isOfNobody({ effect }: RegisterCall, calls: readonly RegisterCall[]): boolean {
  if (effect.kind !== 'read' || effect.value === NOTHING) return false;
  return !calls.some(
    ({ effect: other }) =>
      other.kind === 'append' ||
      (other.kind === 'write' && other.value === effect.value) ||
      (other.kind === 'cas' && other.to === effect.value),
  );
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
