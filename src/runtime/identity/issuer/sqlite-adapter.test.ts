import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../kernel/log.ts';
import { openDatabase } from '../../../kernel/sqlite.ts';
import { ManualClock } from '../../../kernel/time.ts';
import { type IssuerStore, openIssuerStore } from './sqlite-adapter.ts';

let folder: string;
let clock: ManualClock;
let store: IssuerStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'adapter-'));
  clock = new ManualClock();
  store = openIssuerStore(folder, { clock, log: silentLog });
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const rows = () => {
  const database = openDatabase(join(folder, 'identity.db'), { readOnly: true });
  const count = database.prepare('SELECT count(*) AS n FROM entries').get()?.['n'];
  database.close();
  return count;
};

describe('the store of the issuer', () => {
  it('finds what was put, by id, uid and user code, each model apart', async () => {
    const sessions = store.adapter('Session');
    const codes = store.adapter('DeviceCode');
    await sessions.upsert('1', { uid: 'u', kind: 'Session' }, 60);
    await codes.upsert('1', { userCode: 'ABCD', kind: 'DeviceCode' }, 60);
    await expect(sessions.find('1')).resolves.toEqual({ uid: 'u', kind: 'Session' });
    await expect(sessions.findByUid('u')).resolves.toMatchObject({ kind: 'Session' });
    await expect(codes.findByUserCode('ABCD')).resolves.toMatchObject({ kind: 'DeviceCode' });
    await expect(codes.findByUid('u')).resolves.toBeUndefined();
  });

  it('replaces an entry, marks it consumed, and forgets it', async () => {
    const codes = store.adapter('AuthorizationCode');
    await codes.upsert('1', { kind: 'old' }, 60);
    await codes.upsert('1', { kind: 'new' }, 60);
    await codes.consume('1');
    await expect(codes.find('1')).resolves.toEqual({ kind: 'new', consumed: 1_798_761_600 });
    await codes.destroy('1');
    await expect(codes.find('1')).resolves.toBeUndefined();
  });

  it('revokes all tokens of a grant, and not the grant of another', async () => {
    const refresh = store.adapter('RefreshToken');
    const access = store.adapter('AccessToken');
    await refresh.upsert('r', { grantId: 'g' }, 60);
    await access.upsert('a', { grantId: 'g' }, 60);
    await access.upsert('b', { grantId: 'h' }, 60);
    await access.revokeByGrantId('g');
    await expect(refresh.find('r')).resolves.toBeUndefined();
    await expect(access.find('a')).resolves.toBeUndefined();
    await expect(access.find('b')).resolves.toBeDefined();
  });

  it('never finds an expired entry, and removes it within a minute', async () => {
    const tokens = store.adapter('AccessToken');
    await tokens.upsert('short', { kind: 'AccessToken' }, 10);
    await tokens.upsert('long', { kind: 'AccessToken' }, 1000);
    await tokens.upsert('for ever', { kind: 'Client' });
    clock.advance(9_999);
    await expect(tokens.find('short')).resolves.toBeDefined();
    clock.advance(1);
    await expect(tokens.find('short')).resolves.toBeUndefined();
    expect(rows()).toBe(3);
    clock.advance(60_000);
    expect(rows()).toBe(2);
    clock.advance(3_600_000);
    expect(rows()).toBe(1);
  });

  it('keeps its entries when it is opened again, but for those that expired meanwhile', async () => {
    const before = store.adapter('AccessToken');
    await before.upsert('short', { kind: 'AccessToken' }, 10);
    await before.upsert('long', { kind: 'AccessToken' }, 1000);
    store[Symbol.dispose]();
    clock.advance(20_000);
    store = openIssuerStore(folder, { clock, log: silentLog });
    expect(rows()).toBe(1);
    await expect(store.adapter('AccessToken').find('long')).resolves.toBeDefined();
  });

  it('refuses data of a newer version', () => {
    store[Symbol.dispose]();
    const database = openDatabase(join(folder, 'identity.db'));
    database.exec('PRAGMA user_version = 99');
    expect(() => openIssuerStore(folder, { clock, log: silentLog })).toThrow(
      expect.objectContaining({ code: 'SANDBOX_DATA_NEWER' }),
    );
    database.exec('PRAGMA user_version = 1');
    database.close();
    store = openIssuerStore(folder, { clock, log: silentLog });
  });
});
