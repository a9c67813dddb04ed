import type { Column } from '../../kernel/postgres.ts';

/** A name as it is written, or in double quotes; names in it are those of the database, letter by letter. */
const NAME = /^(?:"((?:[^"]|"")+)"|([^\s".,;()'\\]+))/;
/** Of these types JSON makes a number; larger ones than JavaScript's must keep their digits. */
const WIDE_NUMBERS: ReadonlySet<number> = new Set([20 /* bigint */, 1700 /* numeric */]);
const ROW = '"fintech_row"';

export interface TableQuery {
  /** Such as `public.ledger_entries`. */
  table: string;
  /** Columns, each with `asc` or `desc` behind it where needed: `booked_on desc, id`. */
  orderBy: string;
  /** A condition in SQL; columns stand without the table's name. */
  where?: string | undefined;
}

/** What tells the columns of the table. @throws SyntaxError where the table's name is none */
export function columnsQuery({ table }: TableQuery): string {
  return `SELECT * FROM ${quotedTable(table)} LIMIT 0`;
}

/**
 * Each row as the text of its JSON object, in an order that leaves nothing open. `bigint` and
 * `numeric` become strings.
 * @throws SyntaxError where the table or an ordering column is no name
 */
export function rowsQuery(
  { table, orderBy, where = 'true' }: TableQuery,
  columns: readonly Column[],
): string {
  const members = columns.map(({ name, typeId }) => {
    const column = `${ROW}.${quoted(name)}`;
    return `${WIDE_NUMBERS.has(typeId) ? `${column}::text` : column} AS ${quoted(name)}`;
  });
  return [
    `SELECT (SELECT row_to_json("fintech_record")`,
    ` FROM (SELECT ${members.join(', ')}) "fintech_record")::text`,
    ` FROM ${quotedTable(table)} AS ${ROW}`,
    // On lines of its own: it may end in a comment.
    ` WHERE (\n${where}\n)`,
    // Rows of the same place stand in the same order in every pass.
    ` ORDER BY ${orderOf(orderBy)}, ${ROW}::text COLLATE "C"`,
  ].join('');
}

function orderOf(orderBy: string): string {
  return orderBy
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((text) => {
      const { name, rest } = takeName(text.trim(), 'orderBy', orderBy);
      const direction = /^(?:\s+(asc|desc))?$/i.exec(rest);
      if (direction === null) throw noName('orderBy', orderBy);
      return `${ROW}.${quoted(name)} ${direction[1] ?? 'asc'}`;
    })
    .join(', ');
}

function quotedTable(table: string): string {
  const parts: string[] = [];
  for (let text = table.trim(); ;) {
    const { name, rest } = takeName(text, 'table', table);
    parts.push(quoted(name));
    if (rest === '') return parts.join('.');
    if (!rest.startsWith('.')) throw noName('table', table);
    text = rest.slice(1);
  }
}

function takeName(text: string, key: string, whole: string): { name: string; rest: string } {
  const found = NAME.exec(text);
  if (found === null) throw noName(key, whole);
  const [taken, inQuotes, plain = ''] = found;
  return { name: inQuotes?.replaceAll('""', '"') ?? plain, rest: text.slice(taken.length) };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function noName(key: string, text: string): SyntaxError {
  return new SyntaxError(`${key} cannot be read: ${text}`);
}
