import { parseRfc3339Ms } from '../../kernel/time.ts';
import { type Direction, isLimited, normalSide } from '../../model/ledger.ts';
import type { AccountFact, EventRef, HoldFact, Log } from '../facts.ts';
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
  /** Which accounts the pending holds of one id are on. */
  readonly #holds = new Map<string, Set<Account>>();
  readonly #unlimited: ReadonlySet<string>;
  readonly #maxKeys: number;
  #pending = 0;
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
    const key = holdKey(event.at.log, holdId);
    if (account.pending.has(key)) return true;
    if (this.#pending >= this.#maxKeys) return false;
    const expiresAtMs = expiresAt === undefined ? undefined : parseRfc3339Ms(expiresAt);
    account.pending.set(key, { amount, expiresAtMs, at: event.at });
    account.held += amount;
    this.#pending++;
    this.#holds.set(key, (this.#holds.get(key) ?? new Set()).add(account));
    return true;
  }

  /** Lets go of every hold of this id in this log: what posts or voids one names no account. */
  release(log: Log, holdId: string): void {
    const key = holdKey(log, holdId);
    for (const account of this.#holds.get(key) ?? []) this.#release(account, key);
  }

  /** Lets go of holds that are past their expiry at this time, and that no event let go. */
  expire(account: Account, time: string | undefined): void {
    const nowMs = time === undefined ? undefined : parseRfc3339Ms(time);
    for (const [key, { expiresAtMs }] of account.pending) {
      if (nowMs !== undefined && expiresAtMs !== undefined && expiresAtMs <= nowMs) {
        this.#release(account, key);
      }
    }
  }

  #release(account: Account, key: string): void {
    account.held -= account.pending.get(key)?.amount ?? 0n;
    account.pending.delete(key);
    this.#pending--;
    const accounts = this.#holds.get(key);
    accounts?.delete(account);
    if (accounts?.size === 0) this.#holds.delete(key);
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

/** Two logs may be of two ledgers, each with hold ids of its own. */
function holdKey(log: Log, holdId: string): string {
  return keyOf(String(log.index), holdId);
}
