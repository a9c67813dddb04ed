import type { Proof } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact } from '../facts.ts';

/** Proofs kept of one account before it is known whether they count. */
const MAX_KEPT = 20;

interface Kept {
  /** The log and partition its events stand in. */
  place: string;
  mixed: boolean;
  checked: number;
  proofs: Proof[];
}

/**
 * Evidence about accounts that depends on the order of their events. Where a log has partitions, the
 * events of an account that stand in several of them have no order: what was seen of it is skipped.
 */
export class OrderedEvidence {
  readonly #evidence: Evidence;
  readonly #kept = new Map<string, Kept>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /** An event touches an account, whether or not it is judged. */
  touch(accountId: string, event: EventFact): Kept | undefined {
    const { partition, at } = event;
    if (partition === undefined) return undefined;
    const place = `${at.log.index}/${partition}`;
    const kept = this.#kept.get(accountId) ?? { place, mixed: false, checked: 0, proofs: [] };
    if (kept.place !== place) kept.mixed = true;
    this.#kept.set(accountId, kept);
    return kept;
  }

  checked(accountId: string, event: EventFact, count = 1): void {
    const kept = this.touch(accountId, event);
    if (kept === undefined) this.#evidence.checked(count);
    else kept.checked += count;
  }

  found(accountId: string, { event, proof }: { event: EventFact; proof: Proof }): void {
    const kept = this.touch(accountId, event);
    if (kept === undefined) this.#evidence.found(proof);
    else if (kept.proofs.length < MAX_KEPT) kept.proofs.push(proof);
  }

  finish(): void {
    for (const { mixed, checked, proofs } of this.#kept.values()) {
      if (checked === 0) continue;
      if (mixed)
        this.#evidence.skipped('the events of the account stand in several partitions', checked);
      else {
        this.#evidence.checked(checked);
        for (const proof of proofs) this.#evidence.found(proof);
      }
    }
  }
}
