const DELIMITERS = [',', ';', '\t', '|'] as const;
/** What a column may be called where nothing else says that this is CSV. */
const NAME = /^[\p{L}_][\p{L}\p{N}\p{Sc}_ .()/#%&'+*-]*$/u;

/** What stands between the cells: of comma, semicolon, tab and bar the one that the header has most of. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Whether a line can be nothing but the header of a CSV: two columns or more, with distinct names. */
export function isHeader(line: string): boolean {
  const cells = line.split(delimiterOf(line)).map((cell) => cell.trim().replaceAll(/^"|"$/g, ''));
  return (
    cells.length > 1 && cells.every((cell) => NAME.test(cell)) && repeated(cells) === undefined
  );
}

/** A name that stands there twice. */
export function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
