import type { Proof, Shrinking } from '../contract.ts';
import type { Fact } from '../facts.ts';
import { isWithin } from '../state/as-of.ts';
import { type Readable, refsOf, USER_FACTS } from '../user/user-facts.ts';
import { UserCodeError } from '../user/user-projection.ts';
import { type Change, type Divergence, divergencesOf, howText } from './history.ts';
import type { ReadModel } from './read-model.ts';
import { valueText } from './same-value.ts';

/** Values kept of one key. */
const MAX_CHANGES = 10_000;
/** Events that may explain one key, and how many of them are named. */
const MAX_CANDIDATES = 50;
const MAX_NAMED = 5;
/** Entries looked at for values of keys, over one read model. */
const MAX_LOOKS = 20_000_000;

/** Finds where live values left the log: follows their keys through the log once more. */
export function locateDivergences(
  readModels: readonly ReadModel[],
  proofs: readonly Proof[],
): Shrinking {
  const followed = readModels.map((model) => new Followed(model, proofs));
  return {
    take: (fact) => {
      if (isReadable(fact)) for (const one of followed) one.take(fact);
    },
    finish: () =>
      proofs.map((proof) => followed.find((one) => one.isOf(proof))?.located(proof) ?? proof),
  };
}

/** The keys of one read model, and the values they took in the log. */
class Followed {
  readonly #model: ReadModel;
  readonly #kinds: ReadonlySet<string>;
  readonly #histories: Map<string, Change[]>;
  #state: unknown;
  #looks = 0;
  #candidates: Map<string, Divergence[]> | undefined;
  /** Past the limits: what was found by then may not be the first. */
  #ended = false;

  constructor(model: ReadModel, proofs: readonly Proof[]) {
    this.#model = model;
    this.#kinds = new Set(model.projection.needs);
    this.#state = model.projection.initial();
    const keys = proofs.filter((proof) => this.isOf(proof)).map(({ keys: [, , key = ''] }) => key);
    this.#histories = new Map(keys.map((key) => [key, []]));
  }

  isOf({ keys: [place, name] }: Proof): boolean {
    return place === this.#model.place && name === this.#model.projection.name;
  }

  take(fact: Readable): void {
    const { position } = this.#model;
    if (this.#ended || this.#histories.size === 0 || !this.#kinds.has(fact.kind)) return;
    const event = fact.kind === 'event' ? fact : fact.event;
    if (isWithin(event, { to: 'position', position }) !== true) return;
    const values = this.#valuesAfter(fact);
    if (values === undefined) return;
    for (const [key, history] of this.#histories) {
      const value = values.get(key);
      if (valueText(value) === valueText(history.at(-1)?.value)) continue;
      // A copy: the state it is of goes on to change.
      history.push({ refs: refsOf(fact), value: structuredClone(value) });
      if (history.length > MAX_CHANGES) this.#ended = true;
    }
  }

  /** An event shows in every key it touches: of several that fit, those that fit the most keys. */
  located(proof: Proof): Proof {
    this.#candidates ??= this.#explain();
    const own = this.#candidates.get(proof.keys[2] ?? '') ?? [];
    const most = Math.max(...own.map((one) => this.#shared(one)));
    const best = own.filter((one) => this.#shared(one) === most).slice(0, MAX_NAMED);
    if (best.length === 0) return proof;
    const events = best.flatMap(({ at }) => at.refs);
    return { ...proof, events, message: `${proof.message}; ${howText(best)}` };
  }

  /** How many keys may have diverged at this event. */
  #shared({ at }: Divergence): number {
    const line = at.refs.at(-1)?.line;
    const isThere = (other: Divergence) => other.at.refs.at(-1)?.line === line;
    return [...(this.#candidates?.values() ?? [])].filter((others) => others.some(isThere)).length;
  }

  #explain(): Map<string, Divergence[]> {
    if (this.#ended) return new Map();
    const { entries } = this.#model;
    return new Map(
      [...this.#histories].map(([key, history]) => [
        key,
        divergencesOf(history, entries.get(key)).slice(0, MAX_CANDIDATES),
      ]),
    );
  }

  /** Undefined where the user's code throws, which the check reported already. */
  #valuesAfter(fact: Readable): ReadonlyMap<string, unknown> | undefined {
    try {
      return this.#values(fact);
    } catch (error) {
      if (!(error instanceof UserCodeError)) throw error;
      this.#ended = true;
      return undefined;
    }
  }

  #values(fact: Readable): ReadonlyMap<string, unknown> {
    const { projection } = this.#model;
    this.#state = projection.step(this.#state, fact);
    if (projection.value !== undefined) {
      const keys = [...this.#histories.keys()];
      return new Map(keys.map((key) => [key, projection.value?.(this.#state, key)]));
    }
    const values = new Map(projection.entries(this.#state));
    this.#looks += values.size;
    if (this.#looks > MAX_LOOKS) this.#ended = true;
    return values;
  }
}

const READABLE: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>(['event', ...USER_FACTS]);

function isReadable(fact: Fact): fact is Readable {
  return READABLE.has(fact.kind);
}
