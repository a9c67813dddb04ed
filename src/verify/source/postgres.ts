import { FintechError } from '../../kernel/errors.ts';
import { openSnapshot, postgresProblem, type Snapshot } from '../../kernel/postgres.ts';
import { columnsQuery, rowsQuery, type TableQuery } from './postgres-query.ts';
import type { Reading, Source } from './source.ts';

interface PostgresOptions extends TableQuery {
  name: string;
  reading: Reading;
  /** A connection string; no error repeats it. */
  address: string;
  signal: AbortSignal;
}

/**
 * A table of PostgreSQL as a log: its rows in order, each as its JSON object. All passes read one
 * snapshot, in a transaction that cannot write.
 * @throws FintechError VERIFY_SOURCE
 */
export async function postgresSource(options: PostgresOptions): Promise<Source> {
  const { name, reading, address, signal } = options;
  const says = (error: unknown) => problem(options, error);
  const snapshot = await openSnapshot(address, signal).catch((error: unknown) => {
    throw says(error);
  });
  try {
    const query = rowsQuery(options, await snapshot.columns(columnsQuery(options)));
    return {
      name,
      reading,
      parts: [{ name, open: () => rows(snapshot, query, says) }],
      [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
    };
  } catch (error) {
    await snapshot[Symbol.asyncDispose]();
    throw says(error);
  }
}

async function* rows(
  snapshot: Snapshot,
  query: string,
  says: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const texts of snapshot.texts(query)) yield Buffer.from(texts.map(line).join(''));
  } catch (error) {
    throw says(error);
  }
}

/** A column of type `json` keeps its line feeds, which stand between its tokens only. */
function line(text: string): string {
  return `${text.replaceAll('\n', ' ')}\n`;
}

/** Without a cause: it would hold the address. */
function problem({ name, signal }: PostgresOptions, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  return new FintechError('VERIFY_SOURCE', `cannot read ${name}: ${postgresProblem(error)}`, {
    hint: 'Look at its `postgres`, `table`, `where` and `orderBy` in fintech.yaml.',
    details: { source: name },
  });
}
