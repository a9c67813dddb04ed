import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../kernel/sqlite.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { Registry } from './registry.ts';
import { aCheck, anInstance, depsFor, type LoggedLine } from './registry-fixture.ts';
import { StallingClock, temporaryFolder } from './registry-fixture.ts';

const replaceNone = { replaceChecks: false };

function started(dataDir: string, options: { fastReap?: boolean } = {}) {
  const clock = new StallingClock();
  const lines: LoggedLine[] = [];
  const { fastReap = false } = options;
  const registry = new Registry({ dataDir, fastReap }, depsFor(clock, lines));
  const check = (id: string) => registry.catalog.check(id);
  return { clock, lines, registry, check, [Symbol.dispose]: () => registry[Symbol.dispose]() };
}

describe('a TTL check', () => {
  it('starts critical, passes when told, and expires with its last output', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    it.registry.register(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
    expect(it.check('service:pay-1')?.status).toBe('critical');
    it.clock.advance(9000);
    it.registry.report('service:pay-1', 'passing', 'all good');
    it.clock.advance(9999);
    expect(it.check('service:pay-1')).toMatchObject({ status: 'passing', output: 'all good' });
    it.clock.advance(1);
    expect(it.check('service:pay-1')).toMatchObject({
      status: 'critical',
      output: 'TTL expired (last output before timeout follows): all good',
    });
  });

  it('expires with "TTL expired" alone when nothing was ever said', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    const passing = aCheck('pay-1', { status: 'passing' });
    it.registry.register(anInstance('pay-1'), [passing], replaceNone);
    it.clock.advance(10_000);
    expect(it.check('service:pay-1')).toMatchObject({ status: 'critical', output: 'TTL expired' });
  });

  it('keeps its index through identical reports, whose only effect is a new term', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    it.registry.register(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
    it.registry.report('service:pay-1', 'passing', '');
    const { index } = it.registry.catalog;
    for (let beat = 0; beat < 5; beat++) {
      it.clock.advance(9000);
      it.registry.report('service:pay-1', 'passing', '');
    }
    expect([it.registry.catalog.index, it.check('service:pay-1')?.status]).toEqual([
      index,
      'passing',
    ]);
  });

  it('has its output cut at 4096 bytes, at a whole character, saying so', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    it.registry.register(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
    it.registry.report('service:pay-1', 'passing', 'x'.repeat(4096));
    expect(it.check('service:pay-1')?.output).toBe('x'.repeat(4096));
    it.registry.report('service:pay-1', 'passing', `${'x'.repeat(4095)}é!`);
    expect(it.check('service:pay-1')?.output).toBe(
      `${'x'.repeat(4095)} ... (captured 4096 of 4098 bytes)`,
    );
  });

  it('gets one fresh term after the process stood still for more than 2 s, and that is logged', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    const passing = aCheck('pay-1', { status: 'passing' });
    it.registry.register(anInstance('pay-1'), [passing], replaceNone);
    it.clock.advance(5000);
    it.clock.stall(60_000);
    it.clock.advance(9000);
    expect(it.check('service:pay-1')?.status).toBe('passing');
    expect(it.lines.filter(({ message }) => message.includes('fresh TTL'))).toHaveLength(1);
    it.clock.advance(1500);
    expect(it.check('service:pay-1')?.status).toBe('critical');
  });

  it('refuses reports on what is unknown or not kept alive by reports', () => {
    using folder = temporaryFolder();
    using it = started(folder.path);
    expect(() => it.registry.report('nope', 'passing', '')).toThrow(
      'Unknown check ID "nope". Ensure that the check ID is passed, not the check name.',
    );
    expect(() => it.registry.report('serfHealth', 'passing', '')).toThrow(
      'does not have associated TTL',
    );
  });
});

describe('DeregisterCriticalServiceAfter', () => {
  function critical(dataDir: string, deregisterAfterMs: number, fastReap: boolean) {
    const it = started(dataDir, { fastReap });
    const check = aCheck('pay-1', { deregisterAfterMs, ttlMs: 1000, status: 'passing' });
    it.registry.register(anInstance('pay-1'), [check], replaceNone);
    it.clock.advance(1000);
    expect(it.check('service:pay-1')?.status).toBe('critical');
    return it;
  }

  it('removes the service at the first sweep after a minute, however little was asked', () => {
    using folder = temporaryFolder();
    using it = critical(folder.path, 5000, false);
    it.clock.advance(60_000);
    expect(it.registry.catalog.instance('pay-1')).toBeDefined();
    it.clock.advance(30_000);
    expect(it.registry.catalog.instance('pay-1')).toBeUndefined();
    expect(it.check('service:pay-1')).toBeUndefined();
  });

  it('counts anew when the service recovers', () => {
    using folder = temporaryFolder();
    using it = critical(folder.path, 60_000, false);
    it.clock.advance(50_000);
    it.registry.report('service:pay-1', 'passing', '');
    it.clock.advance(60_000);
    expect(it.registry.catalog.instance('pay-1')).toBeDefined();
    it.clock.advance(60_000);
    expect(it.registry.catalog.instance('pay-1')).toBeUndefined();
  });

  it('is exact with fastReap', () => {
    using folder = temporaryFolder();
    using it = critical(folder.path, 2500, true);
    it.clock.advance(2000);
    expect(it.registry.catalog.instance('pay-1')).toBeDefined();
    it.clock.advance(1000);
    expect(it.registry.catalog.instance('pay-1')).toBeUndefined();
  });

  it('counts anew when the service registers again, which it does before its first report', () => {
    using folder = temporaryFolder();
    using it = critical(folder.path, 60_000, false);
    it.clock.advance(59_000);
    const again = aCheck('pay-1', { deregisterAfterMs: 60_000, ttlMs: 1000 });
    it.registry.register(anInstance('pay-1'), [again], replaceNone);
    it.clock.advance(59_000);
    expect(it.registry.catalog.instance('pay-1')).toBeDefined();
    it.clock.advance(31_000);
    expect(it.registry.catalog.instance('pay-1')).toBeUndefined();
  });

  it('does not hold a pause of the registry against the service', () => {
    using folder = temporaryFolder();
    using it = critical(folder.path, 60_000, false);
    it.clock.stall(600_000);
    it.clock.advance(50_000);
    expect(it.registry.catalog.instance('pay-1')).toBeDefined();
  });
});

describe('a restart', () => {
  it('finds instances, checks and their states again, in order, and starts every term anew', () => {
    using folder = temporaryFolder();
    using before = started(folder.path);
    for (const id of ['pay-3', 'pay-1', 'pay-2']) {
      before.registry.register(anInstance(id), [aCheck(id)], replaceNone);
    }
    before.registry.report('service:pay-1', 'passing', 'ok');
    before.registry.deregister('pay-2');
    before.registry[Symbol.dispose]();
    const { registry, clock } = started(folder.path);
    using _registry = registry;
    expect(registry.node.id).toBe(before.registry.node.id);
    expect(registry.catalog.instancesOf('pay').map(({ id }) => id)).toEqual(['pay-3', 'pay-1']);
    expect(registry.catalog.check('service:pay-1')).toMatchObject({
      status: 'passing',
      output: 'ok',
    });
    clock.advance(10_000);
    expect(registry.catalog.check('service:pay-1')?.status).toBe('critical');
  });

  it('goes on above every index given out, on every topic', () => {
    using folder = temporaryFolder();
    let last = 0;
    for (let round = 0; round < 3; round++) {
      using it = started(folder.path);
      expect(it.registry.catalog.indexOf('service:pay')).toBeGreaterThanOrEqual(last);
      expect(it.registry.catalog.indexOf('checks')).toBeGreaterThanOrEqual(last);
      it.registry.register(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
      for (let at = 0; at < 5000; at++) {
        it.registry.report('service:pay-1', at % 2 === 0 ? 'passing' : 'warning', '');
      }
      expect(it.registry.catalog.index).toBeGreaterThan(last + 5000 - 1);
      last = it.registry.catalog.index;
    }
  });

  it('refuses data that a newer fintech wrote, and leaves it as it was', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'registry.db');
    const database = openDatabase(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const bytes = readFileSync(path);
    expect(() => started(folder.path)).toThrow(
      expect.objectContaining({ code: 'SANDBOX_DATA_NEWER' }),
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('fails with the error of SQLite on a file that is no database', () => {
    using folder = temporaryFolder();
    mkdirSync(folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'registry.db'), 'not a database, and long enough to be read');
    expect(() => started(folder.path)).toThrow('file is not a database');
  });
});

describe('a registry whose disk fails', () => {
  function broken(dataDir: string) {
    const it = started(dataDir);
    it.registry.register(
      anInstance('pay-1'),
      [aCheck('pay-1', { status: 'passing' })],
      replaceNone,
    );
    const database = openDatabase(join(dataDir, 'registry.db'));
    database.exec('DROP TABLE instances; DROP TABLE checks');
    database.close();
    return it;
  }

  it('refuses a registration and is as it was before', () => {
    using folder = temporaryFolder();
    using it = broken(folder.path);
    const { index } = it.registry.catalog;
    const register = () => it.registry.register(anInstance('fx-1'), [], replaceNone);
    expect(register).toThrow('no such table');
    expect(register).toThrow('no such table');
    expect(() => it.registry.deregister('pay-1')).toThrow('no such table');
    expect([it.registry.catalog.index, it.registry.catalog.instance('fx-1')]).toEqual([
      index,
      undefined,
    ]);
  });

  it('still tells the truth about health, and logs that it is not saved', () => {
    using folder = temporaryFolder();
    using it = broken(folder.path);
    it.clock.advance(10_000);
    expect(it.check('service:pay-1')?.status).toBe('critical');
    expect(it.lines.map(({ message }) => message)).toEqual([
      'check state not saved',
      'TTL expired',
    ]);
  });
});

describe('a full registry', () => {
  it('refuses one instance and one check more, and still takes changes of what it has', () => {
    using folder = temporaryFolder();
    const database = seedable(folder.path);
    const { instances, checks } = REGISTRY_LIMITS;
    database.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${instances})
      INSERT INTO instances SELECT 'i' || i, i,
        json_set('${JSON.stringify({ ...anInstance('i'), createIndex: 1, modifyIndex: 1 })}', '$.id', 'i' || i)
      FROM n;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${checks})
      INSERT INTO checks SELECT 'c' || i, i,
        json_set('${JSON.stringify({ ...aCheck('i1'), type: 'maintenance', createIndex: 1, modifyIndex: 1 })}', '$.id', 'c' || i)
      FROM n;`);
    database.close();
    using it = started(folder.path);
    const register = (id: string) => it.registry.register(anInstance(id), [], replaceNone);
    expect(() => register('one-more')).toThrow(`at most ${instances} instances`);
    expect(() => it.registry.registerCheck(aCheck('i1', { id: 'one-more' }))).toThrow(
      `at most ${checks} checks`,
    );
    register('i1');
    it.registry.deregister('i2');
    register('one-more');
    it.registry.deregisterCheck('c1');
    it.registry.registerCheck(aCheck('i1', { id: 'one-more' }));
  });

  /** The registry's file with its schema, closed by the registry. */
  function seedable(dataDir: string) {
    started(dataDir)[Symbol.dispose]();
    return openDatabase(join(dataDir, 'registry.db'));
  }
});
