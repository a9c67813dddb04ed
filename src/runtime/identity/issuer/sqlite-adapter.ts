import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { ComponentDeps } from '../../../kernel/component.ts';
import { FintechError, messageOf } from '../../../kernel/errors.ts';
import { type Database, openDatabase, openFailure } from '../../../kernel/sqlite.ts';
import type { Clock } from '../../../kernel/time.ts';

/** What the issuer remembers between requests and across restarts. */
export interface IssuerStore extends Disposable {
  adapter: AdapterFactory;
  /** Entries of ours beside those of oidc-provider, under a name of their own. */
  entries: (name: string) => Entries;
  /** Throws when the database cannot be read. */
  probe(): void;
}

/** Values by id, each for a time. */
export interface Entries {
  upsert(id: string, value: Record<string, unknown>, lifetimeS: number): Promise<void>;
  find(id: string): Promise<Record<string, unknown> | undefined>;
}

const SCHEMA_VERSION = 1;
const SWEEP_EVERY_MS = 60_000;

/** Models whose entries fall together when their grant is revoked. */
const GRANTABLE: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
]);

/** What is over is not gone at once: a device is told that its code expired (RFC 8628 §3.5). */
const LINGERS_S: Readonly<Record<string, number>> = { DeviceCode: 600 };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
    grant_id TEXT, uid TEXT, user_code TEXT, expires_at INTEGER,
    PRIMARY KEY (model, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_grant ON entries (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_by_uid ON entries (model, uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_by_code ON entries (model, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens `identity.db` in a folder. Expired entries are never found, and removed at the start and
 * every minute, where the disk takes it.
 * @throws FintechError SANDBOX_DATA_NEWER when a newer version of fintech wrote it,
 *   SANDBOX_UNIT_FAILED when it cannot be opened
 */
export function openIssuerStore(
  dataDir: string,
  { clock, log }: Pick<ComponentDeps, 'clock' | 'log'>,
): IssuerStore {
  const database = openIssuerDatabase(dataDir);
  const sweep = database.prepare('DELETE FROM entries WHERE expires_at <= ?');
  let timer: Disposable;
  const sweepOn = () => {
    try {
      sweep.run(nowS(clock));
    } catch (error) {
      log('error', 'expired entries not removed', { reason: messageOf(error) });
    }
    timer = clock.after(SWEEP_EVERY_MS, sweepOn);
  };
  sweepOn();
  return {
    adapter: (model) => sqliteAdapter(database, model, clock),
    entries: (name) => entriesOf(sqliteAdapter(database, name, clock)),
    probe: () => void database.prepare('SELECT 1 FROM entries LIMIT 1').get(),
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]();
      database.close();
    },
  };
}

function openIssuerDatabase(dataDir: string): Database {
  const file = join(dataDir, 'identity.db');
  let database: Database | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    database = openDatabase(file);
    prepareSchema(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw openFailure(file, error);
  }
}

function prepareSchema(database: Database, file: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > SCHEMA_VERSION) {
    throw new FintechError('SANDBOX_DATA_NEWER', `${file} was written by a newer fintech.`, {
      hint: 'Use that version, or remove the file.',
      details: { file, version, known: SCHEMA_VERSION },
    });
  }
  // What writes nothing can be done on a full disk.
  if (version < SCHEMA_VERSION) database.exec(SCHEMA);
}

/** One model's entries, by the contract of oidc-provider's adapters. Times in seconds. */
function sqliteAdapter(database: Database, model: string, clock: Clock): Adapter {
  const statements = prepareStatements(database);
  const decode = (row: Record<string, unknown> | undefined) =>
    row === undefined ? undefined : (JSON.parse(String(row['payload'])) as AdapterPayload);
  return {
    async upsert(id, payload, expiresIn) {
      statements.upsert.run(
        model,
        id,
        JSON.stringify(payload),
        GRANTABLE.has(model) ? (payload.grantId ?? null) : null,
        payload.uid ?? null,
        payload.userCode ?? null,
        expiresIn === undefined ? null : nowS(clock) + expiresIn + (LINGERS_S[model] ?? 0),
      );
    },
    find: async (id) => decode(statements.find.get(model, id, nowS(clock))),
    findByUid: async (uid) => decode(statements.findByUid.get(model, uid, nowS(clock))),
    findByUserCode: async (code) => decode(statements.findByCode.get(model, code, nowS(clock))),
    consume: async (id) => void statements.consume.run(nowS(clock), model, id),
    destroy: async (id) => void statements.destroy.run(model, id),
    revokeByGrantId: async (grantId) => void statements.revoke.run(grantId),
  };
}

function entriesOf(adapter: Adapter): Entries {
  return {
    upsert: async (id, value, lifetimeS) => {
      await adapter.upsert(id, value, lifetimeS);
    },
    find: async (id) => {
      const found = await adapter.find(id);
      return found ? { ...found } : undefined;
    },
  };
}

function prepareStatements(database: Database) {
  const find = (column: string) =>
    database.prepare(
      `SELECT payload FROM entries
       WHERE model = ? AND ${column} = ? AND (expires_at IS NULL OR expires_at > ?)`,
    );
  return {
    upsert: database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)'),
    find: find('id'),
    findByUid: find('uid'),
    findByCode: find('user_code'),
    consume: database.prepare(
      `UPDATE entries SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?`,
    ),
    destroy: database.prepare('DELETE FROM entries WHERE model = ? AND id = ?'),
    revoke: database.prepare('DELETE FROM entries WHERE grant_id = ?'),
  };
}

function nowS(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
