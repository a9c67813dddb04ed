import { parseDurationMs } from '../../kernel/time.ts';
import type { SagaConfig, VerifyConfig } from '../../model/verify-config.ts';

/** A process as an automaton: its state is the last step that counts. */
export interface SagaRules {
  start: ReadonlySet<string>;
  next: ReadonlyMap<string, readonly string[]>;
  end: ReadonlySet<string>;
  /** Steps that leave the state as it is, and in which states they may come. */
  aside: ReadonlyMap<string, readonly string[]>;
  /** From the last step that counts. */
  deadlineMs: number;
  deadline: string;
  /** Whether money is at stake. */
  money: boolean;
}

const DEFAULT_DEADLINE = '7d';

/** What `payments.*` events are held to unless `verify.sagas.payment` says otherwise. */
const PAYMENT: SagaRules = {
  start: new Set(['initiated']),
  next: new Map([
    ['initiated', ['authorised', 'declined', 'voided']],
    ['authorised', ['captured', 'declined', 'voided']],
    // In parts.
    ['captured', ['captured', 'settled']],
  ]),
  end: new Set(['settled', 'declined', 'voided']),
  aside: new Map([
    ['refunded', ['captured', 'settled']],
    ['charged-back', ['captured', 'settled']],
  ]),
  deadlineMs: parseDurationMs(DEFAULT_DEADLINE) ?? Infinity,
  deadline: DEFAULT_DEADLINE,
  money: true,
};

/** The rules of every process by its name. */
export function sagaRules({ sagas = {} }: VerifyConfig): ReadonlyMap<string, SagaRules> {
  const own = Object.entries(sagas).map(([name, saga]) => [name, rulesOf(saga)] as const);
  return new Map([['payment', PAYMENT], ...own]);
}

function rulesOf({ start, next, end, deadline = DEFAULT_DEADLINE, money }: SagaConfig): SagaRules {
  return {
    start: new Set(start),
    next: new Map(Object.entries(next)),
    end: new Set(end),
    aside: new Map(),
    deadlineMs: parseDurationMs(deadline) ?? Infinity,
    deadline,
    money: money === true,
  };
}

/** The steps that may follow in this state, those that leave it included. */
export function stepsAfter({ next, aside }: SagaRules, state: string): readonly string[] {
  const leaving = [...aside].filter(([, states]) => states.includes(state)).map(([step]) => step);
  return [...(next.get(state) ?? []), ...leaving];
}
