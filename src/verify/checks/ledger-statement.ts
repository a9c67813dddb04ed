import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { FactOf, MovementFact, StatementFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { defineCheck } from './define.ts';
import { type AccountStatements, judgeStatements, type StatementState } from './statements.ts';

export const ledgerStatement: Check = defineCheck({
  id: 'ledger/statement',
  title: 'Statements add up, and each begins where the one before it ended',
  severity: 'high',
  scope: 'all',
  needs: ['statement', 'movement', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'statements',
  // Movements are mapped, and the map says where they stand.
  reads: [],
  implies: [],
  about: {
    proves:
      'For every statement of an account: its opening balance and the movements that name it make its closing balance; its number of entries and its sums of credits and debits, where it states them, are those of these movements; and it opens with the closing balance of the statement before it.',
    skips:
      'Sums where no movement names a statement, or where movements may be among missing or unreadable lines. Movements that name a statement the log does not hold. What comes next, in a log without order or between partitions.',
    notFooledBy:
      'The dates of movements: a movement belongs to the statement it names, however it is value-dated. Statements that stand before or behind their movements; a statement that is told again, of which the last telling counts.',
  },
  start: (evidence, settings) => new Statements(evidence, settings),
});

type Needed = FactOf<'statement' | 'movement' | 'unusable' | 'blind'>;

class Statements implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #accounts = new Map<string, AccountStatements>();
  #count = 0;
  /** Whether movements say which statement they are of, whichever account they are on. */
  #areNamed = false;
  #gaps = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'blind':
        this.#gaps++;
        return;
      case 'unusable':
        if (fact.what === 'movement' || fact.what === 'statement') this.#gaps++;
        return;
      case 'statement':
        return this.#takeStatement(fact);
      case 'movement':
        return this.#takeMovement(fact);
    }
  }

  finish(): void {
    for (const account of this.#accounts.values()) {
      judgeStatements(account, {
        evidence: this.#evidence,
        areNamed: this.#areNamed,
        gaps: this.#gaps,
      });
    }
  }

  #takeStatement(fact: StatementFact): void {
    const { event, statementId, accountId, currency, ...told } = fact;
    const key = keyOf(accountId, currency);
    if (!this.#settings.owns(key)) return;
    const account = this.#accountOf(key, fact);
    const statement = this.#statementOf(account, statementId);
    if (statement === undefined) return;
    account.isOrdered &&= account.partition === event.partition;
    if (statement.told === undefined) account.inOrder.push(statement);
    statement.told = { ...told, at: event.at, gaps: this.#gaps };
  }

  #takeMovement(movement: MovementFact): void {
    const { event, accountId, currency, amount, statementId } = movement;
    if (statementId === undefined) return;
    this.#areNamed = true;
    const key = keyOf(accountId, currency);
    if (!this.#settings.owns(key)) return;
    const statement = this.#statementOf(this.#accountOf(key, movement), statementId);
    if (statement === undefined) return;
    statement.entries++;
    if (amount < 0n) statement.debits -= amount;
    else statement.credits += amount;
    statement.movements.push(event.at);
    if (statement.movements.length > MAX_SHOWN) statement.movements.shift();
  }

  #accountOf(
    key: string,
    { event, accountId, currency }: MovementFact | StatementFact,
  ): AccountStatements {
    const before = this.#accounts.get(key);
    if (before !== undefined) return before;
    const account: AccountStatements = {
      accountId: ownCopy(accountId),
      currency: ownCopy(currency),
      partition: event.partition,
      isOrdered: event.at.log.profile.order !== 'none',
      mayLackFirst: this.#gaps > 0 || event.at.log.profile.startsInMiddle,
      byId: new Map(),
      inOrder: [],
    };
    this.#accounts.set(key, account);
    return account;
  }

  #statementOf(account: AccountStatements, statementId: string): StatementState | undefined {
    const before = account.byId.get(statementId);
    if (before !== undefined) {
      before.lastGaps = this.#gaps;
      return before;
    }
    const { maxKeys } = this.#settings;
    if (this.#count >= maxKeys) {
      this.#evidence.gaveUp(`the log has more than ${maxKeys} statements`);
      return undefined;
    }
    this.#count++;
    const id = ownCopy(statementId);
    const statement: StatementState = {
      id,
      told: undefined,
      entries: 0,
      credits: 0n,
      debits: 0n,
      movements: [],
      firstGaps: this.#gaps,
      lastGaps: this.#gaps,
    };
    account.byId.set(id, statement);
    return statement;
  }
}

/** Movements of a statement that a finding shows at most. */
const MAX_SHOWN = 10;
