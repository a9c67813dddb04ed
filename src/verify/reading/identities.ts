import { FintechError } from '../../kernel/errors.ts';
import { canonicalEvent } from '../../model/event.ts';
import type { CheckSettings } from '../contract.ts';
import { keyOf } from '../keys.ts';
import type { Emit, EventFact, EventRef, IdentityFact } from '../facts.ts';
import type { Source } from '../source/source.ts';
import { revisit } from './revisit.ts';

interface Recurrence {
  earlier: EventRef;
  at: EventRef;
  id: string;
}

/**
 * Knows which events of one log carry a source and id that stood in it before. Whether the two are
 * the same event needs both texts: one more pass, over the recurring ones only.
 */
export class Identities {
  readonly #emit: Emit<IdentityFact>;
  readonly #settings: CheckSettings;
  readonly #seen = new Map<string, EventRef>();
  readonly #recurrences: Recurrence[] = [];

  constructor(emit: Emit<IdentityFact>, settings: CheckSettings) {
    this.#emit = emit;
    this.#settings = settings;
  }

  take({ id, source, at }: EventFact): void {
    const { owns, isFirstPass, maxKeys } = this.#settings;
    if (id === undefined || source === undefined) {
      return isFirstPass ? this.#say('unnamed', { at, id }) : undefined;
    }
    const key = keyOf(source, id);
    if (!owns(key)) return;
    const earlier = this.#seen.get(key);
    if (earlier === undefined) {
      if (this.#seen.size >= maxKeys) return this.#say('untracked', { at, id });
      this.#seen.set(key, at);
      return this.#say('first', { at, id });
    }
    if (this.#recurrences.length >= maxKeys) return this.#say('untracked', { at, id });
    this.#recurrences.push({ earlier, at, id });
  }

  async finish(source: Source): Promise<void> {
    if (this.#recurrences.length === 0) return;
    const bodies = new Map<number, string>();
    const lines = this.#recurrences.flatMap(({ earlier, at }) => [earlier.line, at.line]);
    await revisit(source, new Set(lines), (line, node) =>
      bodies.set(line, keyOf(source.reading.bodyText?.(node) ?? canonicalEvent(node))),
    );
    for (const { earlier, at, id } of this.#recurrences) {
      const [first, again] = [bodies.get(earlier.line), bodies.get(at.line)];
      if (first === undefined || again === undefined) throw changed(source);
      this.#say(first === again ? 'same' : 'other', { at, id, earlier });
    }
  }

  #say(
    outcome: IdentityFact['outcome'],
    { at, id, earlier }: { at: EventRef; id: string | undefined; earlier?: EventRef },
  ): void {
    this.#emit({ kind: 'identity', outcome, at, id, earlier });
  }
}

function changed({ name }: Source): FintechError {
  return new FintechError('VERIFY_SOURCE', `${name} changed while it was read`, {
    hint: 'Verify a copy of it.',
    details: { source: name },
  });
}
