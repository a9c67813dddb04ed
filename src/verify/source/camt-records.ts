import { allOf, at, textAt, type Tree } from './xml-tree.ts';

/**
 * The record of a `Stmt`: what a path could not reach because it stands among others of its kind,
 * then the whole of it but its entries. What the statement does not say is left out.
 */
export interface StatementRecord {
  record: 'statement';
  /** `GrpHdr/MsgId`. */
  message: string | undefined;
  /** `Stmt/Id`. */
  statement: string | undefined;
  /** Its IBAN, else its other number. */
  account: string | undefined;
  currency: string | undefined;
  /** The balance `OPBD`, else `PRCD`, else the first `ITBD`. */
  opening: Balance | undefined;
  /** The balance `CLBD`, else the last `ITBD`. */
  closing: Balance | undefined;
  /** Control totals of `TxsSummry`: how many entries, and the sums of both directions. */
  entries: string | undefined;
  credits: string | undefined;
  debits: string | undefined;
  Stmt: Tree;
}

/** The record of an `Ntry`. Amounts are in the major unit, their digits as written. */
export interface EntryRecord extends Pick<
  StatementRecord,
  'message' | 'statement' | 'account' | 'currency'
> {
  record: 'entry';
  /** Its place in the statement, from 1. */
  number: number;
  /** `NtryRef`, and the bank's own `AcctSvcrRef`. */
  reference: string | undefined;
  servicerReference: string | undefined;
  amount: string | undefined;
  /** The amount with a minus where it is a debit. */
  signed: string | undefined;
  direction: string | undefined;
  /** `BOOK`, `PDNG`, `INFO`, `FUTR`: only booked ones are part of the balance. */
  status: string | undefined;
  /** Dates or times, as written. */
  bookedOn: string | undefined;
  valueOn: string | undefined;
  Ntry: Tree;
}

interface Balance {
  amount: string | undefined;
  signed: string | undefined;
  currency: string | undefined;
  direction: string | undefined;
  date: string | undefined;
}

/** What may stand more than once in its place: always a list, so that a path does not depend on how often. */
export const LISTS: ReadonlySet<string> = new Set([
  'Bal',
  'CdtLine',
  'Avlbty',
  'TtlNtriesPerBkTxCd',
  'NtryDtls',
  'TxDtls',
  'Ustrd',
  'Strd',
  'Rcrd',
  'AdrLine',
]);

export function statementRecord(stmt: Tree, message: string | undefined): StatementRecord {
  const balances = allOf(stmt, 'Bal');
  const ofType = (type: string) =>
    balances.filter((balance) => textAt(balance, 'Tp', 'CdOrPrtry', 'Cd') === type);
  const opening = ofType('OPBD')[0] ?? ofType('PRCD')[0] ?? ofType('ITBD')[0];
  const closing = ofType('CLBD')[0] ?? ofType('ITBD').at(-1);
  const account = at(stmt, 'Acct');
  const totals = at(stmt, 'TxsSummry');
  return {
    record: 'statement',
    message,
    statement: textAt(stmt, 'Id'),
    account: textAt(account, 'Id', 'IBAN') ?? textAt(account, 'Id', 'Othr', 'Id'),
    currency: textAt(account, 'Ccy') ?? textAt(opening, 'Amt', 'Ccy'),
    opening: opening === undefined ? undefined : balanceOf(opening),
    closing: closing === undefined ? undefined : balanceOf(closing),
    entries: textAt(totals, 'TtlNtries', 'NbOfNtries'),
    credits: textAt(totals, 'TtlCdtNtries', 'Sum'),
    debits: textAt(totals, 'TtlDbtNtries', 'Sum'),
    Stmt: stmt,
  };
}

export function entryRecord(
  ntry: Tree,
  { of, number }: { of: StatementRecord; number: number },
): EntryRecord {
  const { message, statement, account, currency } = of;
  return {
    record: 'entry',
    message,
    statement,
    account,
    number,
    reference: textAt(ntry, 'NtryRef'),
    servicerReference: textAt(ntry, 'AcctSvcrRef'),
    ...amountOf(ntry),
    currency: textAt(ntry, 'Amt', 'Ccy') ?? currency,
    status: textAt(ntry, 'Sts', 'Cd') ?? textAt(ntry, 'Sts'),
    bookedOn: dateOf(at(ntry, 'BookgDt')),
    valueOn: dateOf(at(ntry, 'ValDt')),
    Ntry: ntry,
  };
}

function balanceOf(balance: Tree): Balance {
  return {
    ...amountOf(balance),
    currency: textAt(balance, 'Amt', 'Ccy'),
    date: dateOf(at(balance, 'Dt')),
  };
}

function amountOf(tree: Tree): Pick<Balance, 'amount' | 'signed' | 'direction'> {
  const amount = textAt(tree, 'Amt');
  const direction = textAt(tree, 'CdtDbtInd');
  return { amount, signed: signed(amount, direction), direction };
}

function signed(amount: string | undefined, direction: string | undefined): string | undefined {
  if (amount === undefined || direction === 'CRDT') return amount;
  return direction === 'DBIT' ? `-${amount}` : undefined;
}

function dateOf(tree: Tree | undefined): string | undefined {
  return textAt(tree, 'Dt') ?? textAt(tree, 'DtTm');
}
