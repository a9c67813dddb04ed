import type { Validator } from '../kernel/validation.ts';
import type { VerifyConfig } from '../model/verify-config.ts';
import type { TreeHead } from './checkpoint/merkle-tree.ts';
import type { Evidence } from './evidence.ts';
import type { Severity } from '../model/verify-report.ts';
import type { Projection } from './projection/projection.ts';
import type { ReadModel } from './projection/read-model.ts';
import type { EventRef, Fact, FactKind, FactOf } from './facts.ts';

/** What proves that a check's rule is broken. */
export interface Proof {
  /** One plain sentence. */
  message: string;
  expected: string;
  actual: string;
  /** It is about the whole log as it stands, whatever part of it is asked for. */
  ofWhole?: true;
  /** The fewest events that show it, in the order of the log; the last is where it shows. */
  events: readonly EventRef[];
  /**
   * What it is known by in another run: ids of the business, never positions or line numbers. Empty
   * where there are none; a baseline cannot accept it then.
   */
  keys: readonly string[];
  /** Secrets in its events, which no report may print, and what to print for each. */
  masks?: ReadonlyMap<string, string>;
  /** Where it weighs other than its check does. */
  severity?: Severity;
}

/** What a check is told besides the facts. */
export interface CheckSettings {
  /** `verify:` of `fintech.yaml`. */
  config: VerifyConfig;
  /**
   * Whether this pass over the log is the one that keeps state under a key. What outgrows the memory
   * is judged in several passes, each of which keeps the keys of one part. A check that `isKeyed`
   * counts, judges and keeps nothing for other keys.
   */
  owns: (key: string) => boolean;
  /** Whether this is the first of such passes: what belongs to no key is counted in it. */
  isFirstPass: boolean;
  /** Keys one check keeps in one pass at most before it gives up. */
  maxKeys: number;
  /** What `--as-of` says; undefined: the newest time of an event in the log. */
  asOfMs: number | undefined;
  /** Balances before the log begins, by account and currency (`keyOf(account, currency)`). */
  openings: ReadonlyMap<string, bigint>;
  /** What `log/checkpoint` holds the log to; undefined: nothing. */
  checkpoint: CheckpointSetting | undefined;
  /** Live read models that `projection/diff` compares. */
  readModels: readonly ReadModel[];
  /** The user's projections, which `projection/determinism` tries. */
  projections: readonly Projection[];
  /** What holds the data of an event type to its JSON Schema. */
  schemas: ReadonlyMap<string, Validator<unknown>>;
}

interface CheckpointSetting {
  /** Undefined: there is none yet. */
  saved: TreeHead | undefined;
  /** Told of the tree over every line that this pass read, at its end. */
  onHead(head: TreeHead): void;
}

/** One pass of a check over the facts it needs. A pure fold: the same facts, the same proofs. */
export interface CheckRun<F extends Fact = Fact> {
  take(fact: F): void;
  /** After the last fact. */
  finish?(): void;
}

/** A check as reports and pages know it. */
export interface CheckCard {
  /** Area and name, such as `ledger/balanced`. */
  id: string;
  title: string;
  severity: Severity;
  /** What it counts, in the plural: `transactions`. */
  unit: string;
  /** Paths of an event that it reads; reports show no others unless asked. */
  reads: readonly string[];
  /** Checks that the same fault may break as well. */
  implies: readonly string[];
  about: CheckNotes;
}

/** One rule a log must keep, and how it is held to it. */
export interface Check<K extends FactKind = FactKind> extends CheckCard {
  /** `log`: each source is judged on its own. `all`: over all sources, in order. */
  scope: 'log' | 'all';
  needs: readonly K[];
  /** Whether its state is kept by key, so that a pass may keep a part of it (`CheckSettings.owns`). */
  isKeyed: boolean;
  /** Why it has nothing to do in a run with these settings: it is then not started, and fed nothing. */
  idle?(settings: CheckSettings): string | undefined;
  start(evidence: Evidence, settings: CheckSettings): CheckRun<FactOf<K>>;
  /**
   * Makes the events of its proofs fewer, by the facts it needs read once more. Absent where they are
   * the fewest by construction.
   */
  shrink?(proofs: readonly Proof[], settings: CheckSettings): Shrinking<FactOf<K>>;
}

/** Proofs on their way to fewer events. */
export interface Shrinking<F extends Fact = Fact> {
  take(fact: F): void;
  /** The same proofs in the same order. */
  finish(): readonly Proof[];
}

/** A check in words, for `--explain` and its page. Full sentences. */
interface CheckNotes {
  proves: string;
  skips: string;
  notFooledBy: string;
}
