export interface CheckRow {
  kind: 'check';
  check: string;
  corruptions: number;
  detected: number;
  located: number;
  /** Corruptions by which a check fired that this one does not declare it implies. */
  unimplied: number;
  failures: string[];
}

export interface CleanRow {
  kind: 'clean';
  /** The kind of log. */
  name: string;
  logs: number;
  /** By check. */
  findings: Record<string, number>;
  failures: string[];
}

export type Row = CheckRow | CleanRow;

const HEADINGS = ['check', 'corruptions', 'detected', 'located', 'others fired', 'on clean logs'];

/** One line a check, as Markdown. */
export function table(rows: readonly CheckRow[], clean: readonly CleanRow[]): string {
  const cells = rows.map((row) => [
    row.check,
    String(row.corruptions),
    percent(row.detected, row.corruptions),
    percent(row.located, row.corruptions),
    String(row.unimplied),
    String(clean.reduce((sum, { findings }) => sum + (findings[row.check] ?? 0), 0)),
  ]);
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |\n`;
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [HEADINGS, rule, ...cells].map(line).join('');
}

export function cleanLine({ name, logs, findings }: CleanRow): string {
  const found = Object.values(findings).reduce((sum, count) => sum + count, 0);
  return `${logs} valid logs of ${name}: ${found} findings\n`;
}

function percent(part: number, whole: number): string {
  // Rounded down: 99.96 % is not all.
  return whole === 0 ? '–' : `${Math.floor((part / whole) * 1000) / 10} %`;
}
