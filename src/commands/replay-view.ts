import { printable } from '../kernel/printable.ts';
import type { ExactAmount, LedgerReport } from '../model/ledger-report.ts';
import { formatMoney } from '../model/money.ts';
import type { Style } from './verb.ts';

/** Accounts, holds, payments and totals, a table each, where there are any. */
export function presentLedger(report: LedgerReport, style: Style): string {
  const { asOf, events } = report;
  const moment =
    asOf.position === null ? 'nothing' : `as of ${asOf.position}, ${asOf.time ?? 'undated'}`;
  const tables: [string, string[][]][] = [
    ['accounts', accountRows(report)],
    ['pending holds', holdRows(report)],
    ['payments', paymentRows(report)],
    ['totals', totalRows(report)],
  ];
  const shown = tables
    .filter(([, rows]) => rows.length > 1)
    .map(([title, rows]) => `${style.bold(title)}\n${table(rows, style)}`);
  return [...shown, printable(`${events} events: ${moment}`)].join('\n\n');
}

function accountRows({ accounts }: LedgerReport): string[][] {
  const rows = accounts.flatMap(({ accountId, kind, status, balances }) => {
    const about = [accountId, kind ?? '-', status];
    if (balances.length === 0) return [[...about, '-', '-']];
    return balances.map(({ balance, held, currency }) => [
      ...about,
      money(balance, currency),
      money(held, currency),
    ]);
  });
  return [['account', 'kind', 'status', '>balance', '>held'], ...rows];
}

function holdRows({ holds }: LedgerReport): string[][] {
  const rows = holds.map(({ holdId, accountId, amount, currency, expiresAt, position }) => [
    holdId,
    accountId,
    money(amount, currency),
    expiresAt ?? '-',
    position,
  ]);
  return [['hold', 'account', '>amount', 'expires', 'placed at'], ...rows];
}

function paymentRows({ payments }: LedgerReport): string[][] {
  const rows = payments.map(({ paymentId, status, amount, currency, captured, returned }) => [
    paymentId,
    status,
    ...[amount, captured, returned].map((one) => money(one, currency ?? '')),
  ]);
  return [['payment', 'status', '>amount', '>captured', '>returned'], ...rows];
}

function totalRows({ totals }: LedgerReport): string[][] {
  const rows = totals.map(({ currency, debit, credit, moved, held }) => [
    currency,
    ...[debit, credit, moved, held].map((amount) => money(amount, currency)),
  ]);
  return [['currency', '>debit', '>credit', '>moved', '>held'], ...rows];
}

function money(amount: ExactAmount | null, currency: string): string {
  return amount === null ? '-' : formatMoney({ amount: BigInt(amount), currency });
}

/** The first row names the columns; `>` before a name aligns one to the right. */
function table([names = [], ...rows]: string[][], style: Style): string {
  const isRight = names.map((name) => name.startsWith('>'));
  const cells = [names.map((name) => name.replace('>', '')), ...rows].map((row) =>
    row.map(printable),
  );
  const widths = names.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, at) =>
        isRight[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, at) => `  ${at === 0 ? style.dim(line) : line}`).join('\n');
}
