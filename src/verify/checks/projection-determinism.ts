import type { Check, CheckRun, CheckSettings, Proof, Shrinking } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef, FactOf } from '../facts.ts';
import { placeOf, quoted } from '../naming.ts';
import { disagreeing, FourFolds } from '../projection/four-folds.ts';
import { ledgerProjection } from '../projection/ledger-projections.ts';
import type { Projection } from '../projection/projection.ts';
import { type Readable, refsOf, USER_FACTS } from '../user/user-facts.ts';
import { UserCodeError } from '../user/user-projection.ts';
import { defineCheck } from './define.ts';

const NEEDS = ['event', ...USER_FACTS] as const;
/** Entries that are compared on the way to the event at which the folds of one projection part. */
const MAX_LOOKS = 20_000_000;

export const projectionDeterminism: Check = defineCheck({
  id: 'projection/determinism',
  title: 'A projection comes to the same however the log is folded',
  severity: 'high',
  scope: 'all',
  needs: NEEDS,
  isKeyed: false,
  unit: 'projections',
  reads: ['type'],
  implies: [],
  about: {
    proves:
      'Each projection of `verify.projections`, and the balances that fintech folds itself, has the same entries after four folds of the same log: two alike, one in batches, one that is stopped, saved and started again. A projection that depends on the time, on chance, on what it was asked before, or on the identity of objects does not.',
    skips: 'Runs without a projection in `verify.projections`.',
    notFooledBy: 'Entries in another order.',
  },
  idle: ({ projections }) =>
    projections.length === 0 ? 'verify.projections names none' : undefined,
  start: (evidence, settings) => new Determinism(evidence, settings),
  shrink: (proofs, { projections }) => firstPartings(projections, proofs),
});

class Determinism implements CheckRun<FactOf<(typeof NEEDS)[number]>> {
  readonly #evidence: Evidence;
  readonly #tried: Tried[];

  constructor(evidence: Evidence, { projections, maxKeys }: CheckSettings) {
    this.#evidence = evidence;
    this.#tried = [...projections, ledgerProjection(maxKeys)].map((one) => new Tried(one));
  }

  take(fact: Readable): void {
    for (const one of this.#tried) one.take(fact);
  }

  finish(): void {
    for (const { name, outcome, last } of this.#tried.map((one) => one.end())) {
      if (typeof outcome === 'string') {
        this.#evidence.fault(`${name} threw: ${outcome}`);
        continue;
      }
      this.#evidence.checked();
      if (outcome.length > 0) this.#found(name, outcome, last);
    }
  }

  #found(name: string, others: readonly string[], last: readonly EventRef[]): void {
    const which = others.join(', ');
    this.#evidence.found({
      message: `projection ${quoted(name)} is not the same after four folds of the same log: ${which} came to other entries than the first run`,
      expected: 'the same entries four times',
      actual: `other entries: ${which}`,
      events: last,
      keys: [name],
      ofWhole: true,
    });
  }
}

interface Ended {
  name: string;
  /** What it threw, or the folds that differ. */
  outcome: string | readonly string[];
  last: readonly EventRef[];
}

/** One projection on trial; what it throws ends its own trial and no other. */
class Tried {
  readonly #projection: Projection;
  readonly #kinds: ReadonlySet<string>;
  #folds: FourFolds | undefined;
  #thrown: string | undefined;
  #last: readonly EventRef[] = [];

  constructor(projection: Projection) {
    this.#projection = projection;
    this.#kinds = new Set(projection.needs);
    this.#guarded(() => (this.#folds = new FourFolds(projection)));
  }

  take(fact: Readable): void {
    if (this.#thrown !== undefined || !this.#kinds.has(fact.kind)) return;
    this.#last = refsOf(fact);
    this.#guarded(() => this.#folds?.take(fact));
  }

  end(): Ended {
    const differing = this.differing();
    return {
      name: this.#projection.name,
      outcome: this.#thrown ?? differing,
      last: this.#last,
    };
  }

  differing(): readonly string[] {
    let differing: readonly string[] = [];
    this.#guarded(() => (differing = disagreeing(this.#folds?.digests() ?? new Map())));
    return differing;
  }

  get looks(): number {
    return this.#folds?.looks ?? 0;
  }

  get last(): readonly EventRef[] {
    return this.#last;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UserCodeError)) throw error;
      const at = this.#last.at(-1);
      this.#thrown ??= `${at === undefined ? '' : `at ${placeOf(at)}: `}${error.message}`;
    }
  }
}

/** Folds once more, and compares after every fact until they part. */
function firstPartings(
  projections: readonly Projection[],
  proofs: readonly Proof[],
): Shrinking<Readable> {
  const parted = new Map<string, readonly EventRef[]>();
  const wanted = projections.filter(({ name }) => proofs.some(({ keys }) => keys[0] === name));
  const tried = wanted.map((one) => ({ name: one.name, trial: new Tried(one) }));
  return {
    take(fact) {
      for (const { name, trial } of tried) {
        if (parted.has(name) || trial.looks > MAX_LOOKS) continue;
        trial.take(fact);
        if (trial.differing().length > 0) parted.set(name, trial.last);
      }
    },
    finish: () =>
      proofs.map((proof) => {
        const events = parted.get(proof.keys[0] ?? '');
        if (events === undefined) return proof;
        const at = events.at(-1);
        const where = at === undefined ? '' : `; they part at ${placeOf(at)}`;
        return { ...proof, events, message: `${proof.message}${where}` };
      }),
  };
}
