import { parseInstantMs } from '../../kernel/time.ts';
import { type Direction, isLimited, normalSide } from '../../model/ledger.ts';
import type { AccountFact, EventRef, HoldFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';

/** An account as the log has it so far. */
export interface Account {
  id: string;
  currency: string;
  /** The side it grows on; undefined where it was opened without a kind. */
  side: Direction | undefined;
  /** How far below zero it may fall; undefined where nothing limits it. */
  overdraft: bigint | undefined;
  /** On its own side. */
  balance: bigint;
  pending: Map<string, PendingHold>;
  /** Sum of the pending holds. */
  held: bigint;
  opened: EventRef;
  stopped: { how: 'frozen' | 'closed'; at: EventRef } | undefined;
  /** Below its limit since an event that was told already. */
  overspent: boolean;
  /** Gaps in the log when it was opened; later ones leave its balance unknown. */
  gaps: number;
}

interface PendingHold {
  amount: bigint;
  expiresAtMs: number | undefined;
  at: EventRef;
}

/** Accounts and their pending holds, folded from facts. Keeps no more than `maxKeys` of each. */
export class Balances {
  readonly #accounts = new Map<string, Account>();
  /** Which account a pending hold is on. */
  readonly #holds = new Map<string, Account>();
  readonly #unlimited: ReadonlySet<string>;
  readonly #maxKeys: number;
  #gaps = 0;

  constructor(options: { unlimited: ReadonlySet<string>; maxKeys: number }) {
    this.#unlimited = options.unlimited;
    this.#maxKeys = options.maxKeys;
  }

  account(id: string): Account | undefined {
    return this.#accounts.get(id);
  }

  /** Whether every event since its opening could be read. */
  isKnown(account: Account): boolean {
    return account.gaps === this.#gaps;
  }

  /** Events that may have moved these accounts could not be read; undefined: any account. */
  lose(accounts: readonly string[] | undefined): void {
    if (accounts === undefined) this.#gaps++;
    for (const id of accounts ?? []) {
      const account = this.#accounts.get(id);
      if (account !== undefined) account.gaps = -1;
    }
  }

  /** @returns false when there are too many accounts to keep another */
  step({ event, step, accountId, ...terms }: AccountFact): boolean {
    const account = this.#accounts.get(accountId);
    if (step === 'opened') return this.#open({ event, step, accountId, ...terms }, account);
    if (account === undefined) return true;
    if (step === 'unfrozen') account.stopped = undefined;
    else account.stopped = { how: step, at: event.at };
    return true;
  }

  /** @returns false when there are too many holds to keep another */
  place(account: Account, { holdId, amount = 0n, expiresAt, event }: HoldFact): boolean {
    const key = keyOf(holdId);
    if (this.#holds.has(key)) return true;
    if (this.#holds.size >= this.#maxKeys) return false;
    const expiresAtMs = expiresAt === undefined ? undefined : parseInstantMs(expiresAt);
    account.pending.set(key, { amount, expiresAtMs, at: event.at });
    account.held += amount;
    this.#holds.set(key, account);
    return true;
  }

  release(holdId: string): void {
    this.#release(keyOf(holdId));
  }

  /** Lets go of holds that are past their expiry at this time, and that no event let go. */
  expire(account: Account, time: string | undefined): void {
    const nowMs = time === undefined ? undefined : parseInstantMs(time);
    for (const [key, { expiresAtMs }] of account.pending) {
      if (nowMs !== undefined && expiresAtMs !== undefined && expiresAtMs <= nowMs) {
        this.#release(key);
      }
    }
  }

  #release(key: string): void {
    const account = this.#holds.get(key);
    if (account === undefined) return;
    account.held -= account.pending.get(key)?.amount ?? 0n;
    account.pending.delete(key);
    this.#holds.delete(key);
  }

  #open(fact: Omit<AccountFact, 'kind'>, before: Account | undefined): boolean {
    if (before !== undefined && before.stopped?.how !== 'closed') return true;
    if (before === undefined && this.#accounts.size >= this.#maxKeys) return false;
    const { event, accountId, currency = '', accountKind, overdraft = 0n } = fact;
    const limited =
      accountKind !== undefined && isLimited(accountKind) && !this.#unlimited.has(accountId);
    const terms = {
      currency: ownCopy(currency),
      side: accountKind === undefined ? undefined : normalSide(accountKind),
      overdraft: limited ? overdraft : undefined,
      opened: event.at,
      stopped: undefined,
      overspent: false,
    };
    if (before === undefined) {
      const id = ownCopy(accountId);
      const fresh = { balance: 0n, pending: new Map(), held: 0n, gaps: this.#gaps };
      this.#accounts.set(id, { id, ...terms, ...fresh });
    } else {
      Object.assign(before, terms);
    }
    return true;
  }
}
