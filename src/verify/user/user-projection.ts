import type { Projection } from '../projection/projection.ts';
import { faultOf, type UserProjection } from './user-code.ts';
import { isRead, needsOf, userFact } from './user-facts.ts';

/** What a projection of the user's threw, or gave that it must not. */
export class UserCodeError extends Error {}

/** A projection of the user's own, as ours are; what it throws is a UserCodeError. */
export function userProjection(code: UserProjection): Projection {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw new UserCodeError(faultOf(thrown, code.file));
    }
  };
  return {
    name: code.name,
    needs: needsOf(code.reads),
    initial: () => guarded(() => code.initial()),
    step: (state, fact) =>
      guarded(() => (isRead(fact, code.reads) ? sync(code.step(state, userFact(fact))) : state)),
    entries: (state) => guarded(() => entriesOf(code.entries(state))),
  };
}

function sync(state: unknown): unknown {
  if (!(state instanceof Promise)) return state;
  // Nobody awaits it: what it fails with must not end the program.
  state.catch(() => {});
  throw new TypeError('step() gave a promise');
}

function entriesOf(given: unknown): [string, unknown][] {
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given;
  const entries = isList ? [...(given as Iterable<unknown>)] : [];
  const keys = new Set<string>();
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string' || entry.length !== 2) {
      throw new TypeError('entries() gives pairs of a key, which is text, and a value');
    }
    if (keys.has(entry[0])) throw new TypeError(`entries() gave the key ${entry[0]} twice`);
    keys.add(entry[0]);
  }
  if (isList) return entries as [string, unknown][];
  throw new TypeError('entries() gives a list, or what can be iterated');
}
