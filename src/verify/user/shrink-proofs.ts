import type { Proof, Shrinking } from '../contract.ts';
import type { EventRef } from '../facts.ts';
import type { Invariant } from './user-code.ts';
import { minimise } from './minimise.ts';
import { isRead, type Readable, refsOf, userFact, type UserFact } from './user-facts.ts';
import { violationOf } from './violation.ts';

/** Facts of one key that are kept to make a counterexample of. */
const MAX_FACTS = 10_000;
/** Steps that may be tried for one counterexample. */
const MAX_STEPS = 1_000_000;

interface Gathered {
  refs: readonly EventRef[];
  fact: UserFact;
}

/**
 * Makes counterexamples of an invariant small: gathers the facts of the keys it does not hold for,
 * then leaves out whatever it does not hold without.
 */
export function shrinkProofs(invariant: Invariant, proofs: readonly Proof[]): Shrinking {
  const gathered = new Map<string | undefined, Gathered[]>(
    proofs.map(({ keys: [key] }) => [key, []]),
  );
  return {
    take(fact: Readable) {
      if (!isRead(fact, invariant.reads)) return;
      const plain = userFact(fact);
      const facts = gathered.get(keyOf(invariant, plain));
      // One more than fits says that some are missing.
      if (facts !== undefined && facts.length <= MAX_FACTS) {
        facts.push({ refs: refsOf(fact), fact: plain });
      }
    },
    finish: () => proofs.map((proof) => smaller(invariant, proof, gathered.get(proof.keys[0]))),
  };
}

function keyOf(invariant: Invariant, fact: UserFact): string | undefined {
  try {
    const key = invariant.key?.(fact);
    return typeof key === 'string' ? key : undefined;
  } catch {
    // It did not throw before, so it is not pure; its fact is then left out.
    return undefined;
  }
}

function smaller(
  invariant: Invariant,
  proof: Proof,
  facts: readonly Gathered[] | undefined = [],
): Proof {
  if (facts.length > MAX_FACTS) {
    return { ...proof, message: `${proof.message} (too many events to show the fewest)` };
  }
  const stillFails = (items: readonly Gathered[]) => fails(invariant, items, proof.keys[0]);
  const prefix = shortestPrefix(invariant, facts, proof.keys[0]);
  const { items, isMinimal } = minimise(prefix, { stillFails, budget: MAX_STEPS });
  const events = items.flatMap(({ refs }) => refs);
  if (isMinimal) return { ...proof, events };
  return { ...proof, events, message: `${proof.message} (fewer events may show it)` };
}

/** What broke at one event is found by one fold instead of many. */
function shortestPrefix(
  invariant: Invariant,
  facts: readonly Gathered[],
  key: string | undefined,
): readonly Gathered[] {
  try {
    let state = invariant.initial();
    for (const [index, { fact }] of facts.entries()) {
      state = invariant.step(state, fact);
      const prefix = facts.slice(0, index + 1);
      if (violationOf(invariant.finish(state, key)) === undefined) continue;
      // Finishing may change a state that is not kept apart; only a fold of its own is proof.
      if (fails(invariant, prefix, key)) return prefix;
    }
  } catch {
    // What it throws on a part of its facts says nothing of the whole.
  }
  return facts;
}

function fails(invariant: Invariant, items: readonly Gathered[], key: string | undefined): boolean {
  try {
    let state = invariant.initial();
    for (const { fact } of items) state = invariant.step(state, fact);
    return violationOf(invariant.finish(state, key)) !== undefined;
  } catch {
    return false;
  }
}
