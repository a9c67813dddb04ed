import { parseRfc3339Ms } from '../../kernel/time.ts';
import { type Direction, isLimited, normalSide } from '../../model/ledger.ts';
import type { AccountFact, EventRef, HoldFact, Log } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import type { DeclaredAccounts } from './declared-accounts.ts';

/** An account as the log has it so far. */
export interface Account {
  id: string;
  currency: string;
  /** The side it grows on; undefined where it was opened without a kind. */
  side: Direction | undefined;
  /** How far below zero it may fall; undefined where nothing limits it. */
  overdraft: bigint | undefined;
  /** The most that may stand on it; undefined where nothing limits it. */
  limit: bigint | undefined;
  /** On its own side. */
  balance: bigint;
  pending: Map<string, PendingHold>;
  /** Sum of the pending holds. */
  held: bigint;
  /** Undefined where the configuration alone says what it is. */
  opened: EventRef | undefined;
  stopped: { how: 'frozen' | 'closed'; at: EventRef } | undefined;
  /** Below its limit since an event that was told already. */
  overspent: boolean;
  /** Above its limit, likewise. */
  overfull: boolean;
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
  /** Accounts that the log does not open, one for each currency, of which the configuration says enough. */
  readonly #declared = new Map<string, Account[]>();
  /** Where such accounts were frozen or closed. */
  readonly #stops = new Map<string, Account['stopped']>();
  /** Such accounts that unreadable events may have moved. */
  readonly #lost = new Set<string>();
  readonly #unlimited: ReadonlySet<string>;
  readonly #declarations: DeclaredAccounts;
  readonly #maxKeys: number;
  #pending = 0;
  #gaps = 0;
  #lacksPast = false;

  constructor(options: {
    unlimited: ReadonlySet<string>;
    declarations: DeclaredAccounts;
    maxKeys: number;
  }) {
    this.#unlimited = options.unlimited;
    this.#declarations = options.declarations;
    this.#maxKeys = options.maxKeys;
  }

  /** The account as it was opened, else as the configuration says; otherwise why it is not known. */
  account(id: string, currency: string): Account | { unknown: string } {
    const opened = this.#accounts.get(id);
    if (opened === undefined) return this.#declaredAccount(id, currency);
    // Some logs open an account without a currency: the first that is posted to it is its own.
    if (opened.currency === '') opened.currency = ownCopy(currency);
    return opened;
  }

  /** Events are missing before the log begins. */
  losePast(): void {
    this.#lacksPast = true;
  }

  #declaredAccount(id: string, currency: string): Account | { unknown: string } {
    const siblings = this.#declared.get(id) ?? [];
    const known = siblings.find((account) => account.currency === currency);
    if (known !== undefined) return known;
    const rule = this.#declarations.ruleOf(id);
    if (rule?.kind === undefined) return { unknown: 'the account is not opened in the log' };
    const opening = this.#declarations.openingOf(id, currency);
    if (opening === undefined && this.#lacksPast) {
      return { unknown: 'what stood on the account before the log begins is unknown' };
    }
    if (this.#declared.size >= this.#maxKeys) return { unknown: 'there are too many accounts' };
    const account: Account = {
      id: ownCopy(id),
      currency: ownCopy(currency),
      ...this.#terms(id, { accountKind: rule.kind, overdraft: undefined }),
      balance: opening ?? 0n,
      pending: new Map(),
      held: 0n,
      opened: undefined,
      stopped: this.#stops.get(id),
      // Known from the beginning of the log on.
      gaps: this.#lost.has(id) ? -1 : 0,
    };
    this.#declared.set(account.id, [...siblings, account]);
    return account;
  }

  /** What an account may do, by its opening and by the configuration. */
  #terms(
    id: string,
    { accountKind, overdraft }: Pick<AccountFact, 'accountKind' | 'overdraft'>,
  ): Pick<Account, 'side' | 'overdraft' | 'limit' | 'overspent' | 'overfull'> {
    const rule = this.#declarations.ruleOf(id);
    const kind = accountKind ?? rule?.kind;
    const isBound = kind !== undefined && isLimited(kind) && !this.#unlimited.has(id);
    return {
      side: kind === undefined ? undefined : normalSide(kind),
      overdraft: isBound ? (overdraft ?? BigInt(rule?.overdraft ?? 0)) : undefined,
      limit: rule?.limit === undefined ? undefined : BigInt(rule.limit),
      overspent: false,
      overfull: false,
    };
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
      else this.#loseDeclared(id);
    }
  }

  /** @returns false when there are too many accounts to keep another */
  step({ event, step, accountId, ...terms }: AccountFact): boolean {
    const account = this.#accounts.get(accountId);
    if (step === 'opened') return this.#open({ event, step, accountId, ...terms }, account);
    const stopped = step === 'unfrozen' ? undefined : { how: step, at: event.at };
    if (account !== undefined) account.stopped = stopped;
    else this.#stopDeclared(accountId, stopped);
    return true;
  }

  #loseDeclared(id: string): void {
    if (this.#declarations.ruleOf(id)?.kind === undefined) return;
    if (this.#lost.size >= this.#maxKeys) this.#gaps++;
    else this.#lost.add(id);
    for (const account of this.#declared.get(id) ?? []) account.gaps = -1;
  }

  #stopDeclared(id: string, stopped: Account['stopped']): void {
    if (this.#declarations.ruleOf(id)?.kind === undefined) return;
    if (this.#stops.size < this.#maxKeys) this.#stops.set(id, stopped);
    for (const account of this.#declared.get(id) ?? []) account.stopped = stopped;
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
    const { event, accountId, currency = '' } = fact;
    const terms = {
      currency: ownCopy(currency),
      ...this.#terms(accountId, fact),
      opened: event.at,
      stopped: undefined,
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
