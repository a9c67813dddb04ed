import { Client, DatabaseError } from 'pg';
import Cursor from 'pg-cursor';
import { hasErrnoCode, messageOf } from './errors.ts';

const CONNECT_MS = 10_000;
/** Few, because a row may be large. */
const ROWS_AT_ONCE = 100;

/** A column of a result; `typeId` is the OID of its type, of a domain's base. */
export interface Column {
  name: string;
  typeId: number;
}

/** A database as it stood at one moment. One result is read at a time. */
export interface Snapshot extends AsyncDisposable {
  /** What a statement would yield. */
  columns(sql: string): Promise<Column[]>;
  /** The first column of each row as text, some rows at a time. */
  texts(sql: string): AsyncGenerator<string[]>;
}

/** Statements of one transaction that cannot write, and sees no commit that comes after it began. */
const BEGIN = [
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  "SET LOCAL TIME ZONE 'UTC'",
  // Between two passes it waits for us.
  'SET LOCAL idle_in_transaction_session_timeout = 0',
].join('; ');

/**
 * Connects and begins a snapshot; disposing ends both. The signal ends what is going on.
 * @param address a connection string, never repeated in an error
 * @throws what `postgresProblem` puts into words
 */
export async function openSnapshot(address: string, signal: AbortSignal): Promise<Snapshot> {
  signal.throwIfAborted();
  const client = new Client({
    connectionString: address,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'fintech',
  });
  // What is lost while nothing is asked is told by the next question.
  client.on('error', () => {});
  const gone = new Promise<void>((resolve) => client.once('end', resolve));
  const end = () => client.end().catch(() => {});
  const onAbort = () => void end();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    await client.query(BEGIN);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    columns: async (sql) => {
      const { fields } = await client.query({ text: sql, rowMode: 'array' });
      return fields.map(({ name, dataTypeID }) => ({ name, typeId: dataTypeID }));
    },
    texts: (sql) => textsOf(client, sql, gone),
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', onAbort);
      await end();
    },
  };
}

/** By the extended protocol, which takes one statement only. */
async function* textsOf(
  client: Client,
  sql: string,
  gone: Promise<void>,
): AsyncGenerator<string[]> {
  const cursor = client.query(new Cursor<[string]>(sql, [], { rowMode: 'array' }));
  try {
    for (;;) {
      const rows = await cursor.read(ROWS_AT_ONCE);
      if (rows.length === 0) return;
      yield rows.map(([text]) => text);
    }
  } finally {
    // Over a connection that is gone it would wait for an answer for ever.
    await Promise.race([cursor.close(), gone]);
  }
}

/** What is wrong, in words that hold nothing of the address: a part of a password may look like a host. */
export function postgresProblem(error: unknown): string {
  if (error instanceof DatabaseError) return error.message;
  const network = Object.entries(NETWORK).find(([code]) => hasErrnoCode(error, code))?.[1];
  if (network !== undefined) return network;
  if (error instanceof Error && 'syscall' in error) return 'the connection failed';
  return error instanceof TypeError || error instanceof URIError
    ? 'its address is no postgres:// URL'
    : messageOf(error);
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its host is unknown',
  EAI_AGAIN: 'its host is unknown',
  ENOENT: 'there is no socket at its address',
  ETIMEDOUT: 'its host does not answer',
  EHOSTUNREACH: 'its host cannot be reached',
  ECONNRESET: 'the connection was lost',
};
