import { formatMoney } from '../../model/money.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef, StatementFact } from '../facts.ts';
import { placeOf, quoted } from '../naming.ts';

type Told = Pick<StatementFact, 'opening' | 'closing' | 'entries' | 'credits' | 'debits'>;

/** A statement, and the movements that name it. */
export interface StatementState {
  id: string;
  /** What it states; undefined where only movements of it were seen. */
  told: (Told & { at: EventRef; gaps: number }) | undefined;
  entries: number;
  credits: bigint;
  debits: bigint;
  /** The last of them. */
  movements: EventRef[];
  /** Gaps of the log up to the first and the last line that is of it. */
  firstGaps: number;
  lastGaps: number;
}

/** The statements of one account and currency. */
export interface AccountStatements {
  accountId: string;
  currency: string;
  /** The partition of the first line that is of it. */
  partition: string | undefined;
  /** Whether the order of its statements is known. */
  isOrdered: boolean;
  /** Whether the log may begin among the movements of the first one. */
  mayLackFirst: boolean;
  byId: Map<string, StatementState>;
  /** In the order in which they were told first. */
  inOrder: StatementState[];
}

type ToldStatement = StatementState & { told: NonNullable<StatementState['told']> };

interface Judgement {
  evidence: Evidence;
  /** Whether movements of the log name statements at all. */
  areNamed: boolean;
  /** Gaps of the log at its end. */
  gaps: number;
}

export function judgeStatements(account: AccountStatements, judgement: Judgement): void {
  const { evidence } = judgement;
  const told = account.inOrder.filter((statement) => isTold(statement));
  const untold = account.byId.size - told.length;
  if (untold > 0) evidence.skipped('the statement that movements name is not in the log', untold);
  for (const [index, statement] of told.entries()) {
    const [before, next] = [told[index - 1], told[index + 1]];
    const why = whyUnsummed(statement, { account, before, next, judgement });
    if (why === undefined) {
      evidence.checked();
      judgeSums(account, statement, evidence);
    } else {
      evidence.skipped(why);
    }
    if (before !== undefined && account.isOrdered) {
      judgeSequence(account, [before, statement], evidence);
    }
  }
}

function isTold(statement: StatementState): statement is ToldStatement {
  return statement.told !== undefined;
}

interface Neighbours {
  account: AccountStatements;
  before: ToldStatement | undefined;
  next: ToldStatement | undefined;
  judgement: Judgement;
}

/** Why its movements may not all be there. */
function whyUnsummed(
  statement: ToldStatement,
  { account, before, next, judgement }: Neighbours,
): string | undefined {
  if (!judgement.areNamed && statement.told.entries !== 0) return 'no movement names a statement';
  const start = before?.lastGaps ?? (account.mayLackFirst ? -1 : 0);
  const end = next?.firstGaps ?? judgement.gaps;
  return start === end ? undefined : 'movements of the statement may be missing';
}

function judgeSums(account: AccountStatements, statement: ToldStatement, evidence: Evidence): void {
  const { told, credits, debits, entries } = statement;
  const money = (amount: bigint) => formatMoney({ amount, currency: account.currency });
  const booked = credits - debits;
  const events = [...statement.movements, told.at].toSorted(inLogOrder);
  const say = (expected: string, actual: string) =>
    found({ account, statement, expected, actual, events, evidence });
  if (told.opening + booked !== told.closing) {
    say(
      `a closing balance of ${money(told.opening + booked)}, with ${money(booked)} booked on ${money(told.opening)}`,
      money(told.closing),
    );
  }
  if (told.entries !== undefined && told.entries !== entries)
    say(`its number of entries to be ${entries}`, String(told.entries));
  if (told.credits !== undefined && told.credits !== credits)
    say(`credits of ${money(credits)} in all`, money(told.credits));
  if (told.debits !== undefined && told.debits !== debits)
    say(`debits of ${money(debits)} in all`, money(told.debits));
}

function judgeSequence(
  account: AccountStatements,
  [before, statement]: [ToldStatement, ToldStatement],
  evidence: Evidence,
): void {
  if (before.told.gaps !== statement.told.gaps) {
    return evidence.skipped('a statement between two may be missing');
  }
  if (before.told.closing === statement.told.opening) return;
  const money = (amount: bigint) => formatMoney({ amount, currency: account.currency });
  found({
    account,
    statement,
    expected: `an opening balance of ${money(before.told.closing)}, with which ${quoted(before.id)} closed at ${placeOf(before.told.at)}`,
    actual: money(statement.told.opening),
    events: [before.told.at, statement.told.at].toSorted(inLogOrder),
    evidence,
  });
}

interface Fault {
  account: AccountStatements;
  statement: ToldStatement;
  expected: string;
  actual: string;
  events: readonly EventRef[];
  evidence: Evidence;
}

function found({ account, statement, expected, actual, events, evidence }: Fault): void {
  const { accountId, currency } = account;
  evidence.found({
    message: `statement ${quoted(statement.id)} of account ${quoted(accountId)} at ${placeOf(statement.told.at)}: expected ${expected}, found ${actual}`,
    expected,
    actual,
    events,
    keys: [accountId, currency, statement.id, actual],
  });
}

function inLogOrder(a: EventRef, b: EventRef): number {
  return a.log.index - b.log.index || a.line - b.line;
}
