import type { Verdict } from '../model/verify-report.ts';
import type { Proof } from './contract.ts';

/** `accepted` by a baseline; `passed over`: of a part of the log that was not asked for. */
export type Standing = 'told' | 'accepted' | 'passed over';

/** What one check says about a log: what it looked at, what it left out and why, what it found. */
export class Evidence {
  readonly #maxProofs: number;
  readonly #reasons = new Map<string, number>();
  readonly #proofs: Proof[] = [];
  readonly #standing: (proof: Proof) => Standing;
  #accepted = 0;
  #checked = 0;
  #found = 0;
  #gaveUp = false;
  #faulty = false;

  /**
   * @param maxProofs proofs that are kept; the rest are only counted
   * @param standing what is to be done with what a proof shows
   */
  constructor(maxProofs: number, standing: (proof: Proof) => Standing = () => 'told') {
    this.#maxProofs = maxProofs;
    this.#standing = standing;
  }

  /** What several passes say, each over a part of the keys. Proofs stand in the order of the log. */
  static joined(parts: readonly Evidence[], maxProofs: number): Evidence {
    const whole = new Evidence(maxProofs);
    for (const part of parts) {
      whole.#checked += part.#checked;
      whole.#found += part.#found;
      whole.#accepted += part.#accepted;
      whole.#gaveUp ||= part.#gaveUp;
      whole.#faulty ||= part.#faulty;
      for (const [reason, count] of part.#reasons) whole.skipped(reason, count);
    }
    const proofs = parts.flatMap((part) => part.#proofs).toSorted(byPlace);
    whole.#proofs.push(...proofs.slice(0, maxProofs));
    return whole;
  }

  checked(count = 1): void {
    this.#checked += count;
  }

  /** @param reason a clause that follows "because" */
  skipped(reason: string, count = 1): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + count);
  }

  found(proof: Proof): void {
    const standing = this.#standing(proof);
    if (standing === 'accepted') this.#accepted++;
    if (standing !== 'told') return;
    this.#found++;
    if (this.#proofs.length < this.#maxProofs) this.#proofs.push(proof);
  }

  /** A limit was reached: what was not found may still be there. */
  gaveUp(reason: string, count = 1): void {
    this.#gaveUp = true;
    this.skipped(reason, count);
  }

  get hasGivenUp(): boolean {
    return this.#gaveUp;
  }

  /** The check itself is broken: whatever else was found, the run must not pass. */
  fault(reason: string): void {
    this.#faulty = true;
    this.gaveUp(reason);
  }

  get isFaulty(): boolean {
    return this.#faulty;
  }

  /** The same proofs, by fewer events. */
  replaceProofs(proofs: readonly Proof[]): void {
    // What a proof of fewer events no longer touches was not asked for.
    const told = proofs.filter((proof) => this.#standing(proof) !== 'passed over');
    this.#found -= proofs.length - told.length;
    this.#proofs.splice(0, Infinity, ...told);
  }

  get counts(): { checked: number; skipped: number; found: number } {
    const skipped = [...this.#reasons.values()].reduce((sum, count) => sum + count, 0);
    return { checked: this.#checked, skipped, found: this.#found };
  }

  /** What was found and is accepted. */
  get accepted(): number {
    return this.#accepted;
  }

  get proofs(): readonly Proof[] {
    return this.#proofs;
  }

  /** Why what was skipped was skipped, as what follows "because"; null where nothing was. */
  get reason(): string | null {
    if (this.#reasons.size === 0) return null;
    const [only] = this.#reasons.keys();
    if (this.#reasons.size === 1) return only ?? null;
    return [...this.#reasons].map(([reason, count]) => `${reason} (${count})`).join('; ');
  }

  get verdict(): Verdict {
    if (this.#found > 0) return 'inconsistent';
    return this.#checked === 0 || this.#gaveUp ? 'inconclusive' : 'consistent';
  }
}

/** By where they show. */
function byPlace({ events: a }: Proof, { events: b }: Proof): number {
  const [atA, atB] = [a.at(-1), b.at(-1)];
  if (atA === undefined || atB === undefined) return 0;
  return atA.log.index - atB.log.index || atA.line - atB.line;
}
