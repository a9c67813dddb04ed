import type { Evidence } from './evidence.ts';
import type { Severity } from '../model/verify-report.ts';
import type { EventRef, Fact, FactKind, FactOf } from './facts.ts';

/** What proves that a check's rule is broken. */
export interface Proof {
  /** One plain sentence. */
  message: string;
  expected: string;
  actual: string;
  /** The fewest events that show it, in the order of the log; the last is where it shows. */
  events: readonly EventRef[];
}

export interface CheckSettings {
  /** Accounts that may fall below zero without bound. */
  overdraft: ReadonlySet<string>;
  /** Keys one check keeps at most before it gives up. */
  maxKeys: number;
}

/** One pass of a check over the facts it needs. A pure fold: the same facts, the same proofs. */
export interface CheckRun<F extends Fact = Fact> {
  take(fact: F): void;
  /** After the last fact. */
  finish?(): void;
}

/** One rule a log must keep, and how it is held to it. */
export interface Check<K extends FactKind = FactKind> {
  /** Area and name, such as `ledger/balanced`. */
  id: string;
  title: string;
  severity: Severity;
  /** `log`: each source is judged on its own. `all`: over all sources, in order. */
  scope: 'log' | 'all';
  needs: readonly K[];
  /** What it counts, in the plural: `transactions`. */
  unit: string;
  /** Paths of an event that it reads; reports show no others unless asked. */
  reads: readonly string[];
  /** Checks that the same fault may break as well. */
  implies: readonly string[];
  about: CheckNotes;
  start(evidence: Evidence, settings: CheckSettings): CheckRun<FactOf<K>>;
}

/** A check in words, for `--explain` and its page. Full sentences. */
interface CheckNotes {
  proves: string;
  skips: string;
  notFooledBy: string;
}
