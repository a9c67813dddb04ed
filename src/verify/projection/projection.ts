import type { Readable } from '../user/user-facts.ts';

/** A fold of a log into entries by key: ours, or the user's. */
export interface Projection<State = unknown> {
  name: string;
  /** Kinds of facts it needs. */
  needs: readonly Readable['kind'][];
  initial(): State;
  /** The state after a fact; it may be the one it was given, changed. @throws what user code throws */
  step(state: State, fact: Readable): State;
  /** What the state says of each key, as plain values; amounts may be bigint. */
  entries(state: State): Iterable<readonly [key: string, value: unknown]>;
  /** The value of one key, where that is had without all entries. */
  value?(state: State, key: string): unknown;
}
