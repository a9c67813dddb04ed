import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import { defineCheck } from '../checks/define.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef } from '../facts.ts';
import { ownCopy } from '../keys.ts';
import { placeOf, quoted } from '../naming.ts';
import { faultOf, type Invariant } from './user-code.ts';
import { shrinkProofs } from './shrink-proofs.ts';
import { isRead, needsOf, type Readable, refsOf, userFact, type UserFact } from './user-facts.ts';
import { violationOf } from './violation.ts';

/** An invariant of the user's as a check like ours. */
export function invariantCheck(invariant: Invariant): Check {
  const { name, title, severity, fields, key, reads } = invariant;
  return defineCheck({
    id: name,
    title,
    severity,
    scope: 'all',
    needs: needsOf(reads),
    isKeyed: key !== undefined,
    unit: 'facts',
    reads: fields,
    implies: [],
    about: {
      proves: `What ${invariant.file} says: an invariant of this workspace.`,
      skips: 'Facts that it gives no key, where it keeps its state by key.',
      notFooledBy: 'Whatever its own code allows.',
    },
    start: (evidence, settings) => new InvariantRun(invariant, evidence, settings),
    shrink: (proofs) => shrinkProofs(invariant, proofs),
  });
}

interface Kept {
  key: string | undefined;
  state: unknown;
  last: readonly EventRef[];
}

/** Folds facts through code that may throw: the run then ends, and says whose fault it was. */
class InvariantRun implements CheckRun<Readable> {
  readonly #invariant: Invariant;
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #states = new Map<string | undefined, Kept>();
  #ended = false;

  constructor(invariant: Invariant, evidence: Evidence, settings: CheckSettings) {
    this.#invariant = invariant;
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(fact: Readable): void {
    if (this.#ended || !isRead(fact, this.#invariant.reads)) return;
    this.#guarded(() => this.#step(fact, userFact(fact)), refsOf(fact).at(-1));
  }

  finish(): void {
    for (const { key, state, last } of this.#states.values()) {
      if (this.#ended) return;
      this.#guarded(() => this.#judge({ key, state, last }), last.at(-1));
    }
  }

  #step(fact: Readable, plain: UserFact): void {
    const key = this.#invariant.key?.(plain);
    if (typeof key !== 'string' && key !== undefined) {
      throw new TypeError(`key() gave ${typeof key}, not a string`);
    }
    if (this.#invariant.key !== undefined && !this.#isOurs(key)) return;
    const kept = this.#keep(key);
    if (kept === undefined) return;
    kept.state = this.#invariant.step(kept.state, plain);
    refusePromise(kept.state, 'step');
    kept.last = refsOf(fact);
    this.#evidence.checked();
  }

  #isOurs(key: string | undefined): boolean {
    if (key !== undefined) return this.#settings.owns(key);
    if (this.#settings.isFirstPass) this.#evidence.skipped('key() gave none');
    return false;
  }

  #keep(key: string | undefined): Kept | undefined {
    const kept = this.#states.get(key);
    if (kept !== undefined) return kept;
    const { maxKeys } = this.#settings;
    if (this.#states.size >= maxKeys) {
      this.#evidence.gaveUp(`the log has more than ${maxKeys} keys of it`);
      return undefined;
    }
    const copy = key === undefined ? undefined : ownCopy(key);
    const fresh = { key: copy, state: this.#invariant.initial(), last: [] };
    this.#states.set(copy, fresh);
    return fresh;
  }

  #judge({ key, state, last }: Kept): void {
    const violation = violationOf(this.#invariant.finish(state, key));
    if (violation === undefined) return;
    const whose = key === undefined ? '' : ` for ${quoted(key)}`;
    this.#evidence.found({
      ...violation,
      message: `${this.#invariant.name} does not hold${whose}: ${violation.message}`,
      events: last,
      keys: key === undefined ? [] : [key],
    });
  }

  #guarded(work: () => void, at: EventRef | undefined): void {
    try {
      work();
    } catch (thrown) {
      this.#ended = true;
      const where = at === undefined ? '' : ` at ${placeOf(at)}`;
      this.#evidence.fault(`it threw${where}: ${faultOf(thrown, this.#invariant.file)}`);
    }
  }
}

function refusePromise(value: unknown, name: string): void {
  if (value instanceof Promise) {
    // Nobody awaits it: what it fails with must not end the program.
    value.catch(() => {});
    throw new TypeError(`${name}() gave a promise`);
  }
}
