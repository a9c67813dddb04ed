import type { UnitState } from '../driver.ts';

/** Allowed transitions; anything else is a fault in the driver. `unready` is a probe's word, not a state kept. */
const NEXT: Readonly<Record<UnitState, readonly UnitState[]>> = {
  starting: ['ready', 'restarting', 'crashed', 'stopped'],
  ready: ['starting', 'restarting', 'crashed', 'stopped'],
  unready: [],
  restarting: ['starting', 'crashed', 'stopped'],
  // A change of files tries it again, and that may fail before it runs.
  crashed: ['starting', 'restarting', 'stopped'],
  stopped: ['starting'],
};

/** The state of one unit, moved only along allowed transitions. */
export class UnitStateMachine {
  #state: UnitState = 'stopped';

  get state(): UnitState {
    return this.#state;
  }

  /** @throws Error on a transition that the table does not allow */
  move(to: UnitState): void {
    if (to === this.#state) return;
    if (!NEXT[this.#state].includes(to))
      throw new Error(`a unit cannot go from ${this.#state} to ${to}`);
    this.#state = to;
  }
}
