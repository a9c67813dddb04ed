import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import type { SandboxDriver, UnitState } from './driver.ts';
import type { EmbeddedOptions } from './embedded-deps.ts';
import { isFree } from './ports.ts';
import { isAlive, markOf } from './processes.ts';
import { readState, writeState } from './state.ts';
import { type SandboxFixture, sandboxFixture, SMALL_SERVICE } from './testing/sandbox-fixture.ts';

const WAIT = { timeout: 15_000, interval: 50 };
const SERVICES = { teller: { path: 'services/teller' } };

/** What every driver must do. A driver calls it with a function that makes one. */
export function driverConformance(
  name: string,
  make: (options: EmbeddedOptions) => SandboxDriver,
): void {
  const start = async (fixture: SandboxFixture, options: Partial<EmbeddedOptions> = {}) =>
    make(fixture.options(options)).start(() => fixture.plan());

  describe(`the ${name} driver`, () => {
    it('starts the components, each ready and in the registry, and says so', async () => {
      using fixture = sandboxFixture();
      await using sandbox = disposable(await start(fixture));
      const status = await sandbox.status();
      expect(status.map((unit) => [unit.name, unit.state])).toEqual([
        ['registry', 'ready'],
        ['identity', 'ready'],
        ['events', 'ready'],
        ['gateway', 'ready'],
      ]);
      const { body } = await request(`${status[0]?.url}/v1/catalog/services`);
      expect(Object.keys((await body.json()) as object)).toEqual(
        expect.arrayContaining(['registry', 'identity', 'events', 'gateway']),
      );
    });

    it('stops without leaving a port, a process or a state file, and keeps the data', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', SMALL_SERVICE);
      const plan = await fixture.plan(SERVICES);
      const sandbox = await make(fixture.options()).start(() => Promise.resolve(plan));
      const marks =
        readState(fixture.stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
      expect(marks.length).toBeGreaterThan(0);
      await sandbox.stop();
      expect(marks.filter(isAlive)).toEqual([]);
      for (const { port } of plan.units) expect(await isFree(port)).toBe(true);
      expect(existsSync(join(fixture.stateFolder, 'state.json'))).toBe(false);
      expect(existsSync(join(fixture.stateFolder, 'data', 'events'))).toBe(true);
    });

    it('brings a service back that died, and tells the truth meanwhile', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', SMALL_SERVICE);
      await using sandbox = disposable(
        await make(fixture.options()).start(() => fixture.plan(SERVICES)),
      );
      const teller = async () => (await sandbox.status()).find((unit) => unit.name === 'teller');
      const before = await teller();
      await request(`${before?.url}/die`).catch(() => undefined);
      const seen = new Set<UnitState | undefined>();
      await vi.waitFor(async () => {
        const now = await teller();
        seen.add(now?.state);
        expect([now?.state, now?.pid === before?.pid]).toEqual(['ready', false]);
      }, WAIT);
      expect(seen.size).toBeGreaterThan(1);
    });

    it('keeps the rest up when a service crashes at its start, and reports its last lines', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', `console.log('no money'); process.exit(1);`);
      await using sandbox = disposable(
        await make(fixture.options()).start(() => fixture.plan(SERVICES)),
      );
      expect(sandbox.failures.map(({ name, code }) => [name, code])).toEqual([
        ['teller', 'SANDBOX_UNIT_FAILED'],
      ]);
      expect(sandbox.failures[0]?.why).toContain('no money');
      const states = (await sandbox.status()).map(({ state }) => state);
      expect(states).toEqual(['ready', 'ready', 'ready', 'ready', 'crashed']);
    });

    it('gives up on a service that never gets ready', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', `console.log('thinking'); setInterval(() => {}, 1000);`);
      await using sandbox = disposable(
        await make(fixture.options({ timeoutMs: 1500 })).start(() => fixture.plan(SERVICES)),
      );
      expect(sandbox.failures[0]?.code).toBe('SANDBOX_TIMEOUT');
      expect(sandbox.failures[0]?.why).toContain('thinking');
    });

    it('is seen, restarted and stopped from elsewhere', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', SMALL_SERVICE);
      const sandbox = await make(fixture.options()).start(() => fixture.plan(SERVICES));
      // The same state under another host would be another process; here the host is this one.
      const attached = await make(fixture.options()).attach();
      expect(await attached?.status()).toEqual(await sandbox.status());
      const pidOf = async () => (await sandbox.status()).find(({ name }) => name === 'teller')?.pid;
      const before = await pidOf();
      await attached?.restart('teller');
      expect(await pidOf()).not.toBe(before);
      await attached?.restart('events');
      expect((await sandbox.status()).every(({ state }) => state === 'ready')).toBe(true);
      await expect(attached?.restart('nobody')).rejects.toMatchObject({
        code: 'SANDBOX_UNIT_UNKNOWN',
      });
      await sandbox.stop();
      expect(await make(fixture.options()).attach()).toBeUndefined();
    });

    it('starts what is missing on a running sandbox', async () => {
      using fixture = sandboxFixture();
      await using sandbox = disposable(await start(fixture));
      fixture.service('teller', SMALL_SERVICE);
      const running = (await sandbox.status()).map(({ url }) => url);
      const plan = await fixture.plan(SERVICES);
      const teller = plan.units.filter(({ kind }) => kind === 'service');
      const environment = { CONSUL_HTTP_ADDR: running[0] ?? '' };
      const units = teller.map((unit) => ({
        ...unit,
        environment: { ...unit.environment, ...environment },
      }));
      expect(await sandbox.startMissing({ units, external: {} })).toEqual([]);
      expect((await sandbox.status()).map(({ name: unit }) => unit)).toContain('teller');
    });

    it('enters a service that runs elsewhere into the registry', async () => {
      using fixture = sandboxFixture();
      const plan = await fixture.plan({ partner: { external: 'http://127.0.0.1:9' } });
      await using sandbox = disposable(
        await make(fixture.options()).start(() => Promise.resolve(plan)),
      );
      const [registry] = await sandbox.status();
      const { body } = await request(`${registry?.url}/v1/health/service/partner?passing`);
      expect(await body.json()).toMatchObject([{ Service: { Address: '127.0.0.1', Port: 9 } }]);
    });

    it('refuses a second start of the same sandbox', async () => {
      using fixture = sandboxFixture();
      await using _sandbox = disposable(await start(fixture));
      await expect(start(fixture)).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
    });

    it('runs two sandboxes side by side', async () => {
      using one = sandboxFixture();
      using other = sandboxFixture();
      await using first = disposable(await start(one));
      await using second = disposable(await start(other));
      const urls = [...(await first.status()), ...(await second.status())].map(({ url }) => url);
      expect(new Set(urls).size).toBe(8);
    });

    it('heals a state that a killed sandbox left', async () => {
      using fixture = sandboxFixture();
      await (await start(fixture)).stop();
      writeState(fixture.stateFolder, {
        schemaVersion: 1,
        driver: 'embedded',
        host: { pid: 2 ** 22 - 1, startedAt: 'long ago' },
        control: { url: 'http://127.0.0.1:9', token: 'gone' },
        units: [],
      });
      expect(await make(fixture.options()).attach()).toBeUndefined();
      await using sandbox = disposable(await start(fixture));
      expect(await sandbox.status()).toHaveLength(4);
    });

    it('leaves nothing when it is interrupted while it starts', async () => {
      using fixture = sandboxFixture();
      const plan = await fixture.plan();
      const interrupt = new AbortController();
      const reporter = {
        ...fixture.options().reporter,
        step: (title: string) => {
          if (title === 'events') interrupt.abort(new FintechError('INTERRUPTED', 'now'));
          return { update: () => {}, succeed: () => {}, fail: () => {} };
        },
      };
      const starting = make(fixture.options({ signal: interrupt.signal, reporter })).start(() =>
        Promise.resolve(plan),
      );
      await expect(starting).rejects.toMatchObject({ code: 'INTERRUPTED' });
      for (const { port } of plan.units) expect(await isFree(port)).toBe(true);
      expect(existsSync(join(fixture.stateFolder, 'state.json'))).toBe(false);
      await using again = disposable(await start(fixture));
      expect(await again.status()).toHaveLength(4);
    });

    it('stops while it starts, at once and whole', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', `setInterval(() => {}, 1000);`);
      const driver = make(fixture.options());
      const starting = driver.start(() => fixture.plan(SERVICES)).catch((error: unknown) => error);
      await vi.waitFor(async () => {
        const status = await (await driver.attach())?.status();
        expect(status?.find((unit) => unit.name === 'teller')?.pid).toBeGreaterThan(0);
      }, WAIT);
      const marks = readState(fixture.stateFolder)?.units.flatMap(({ processes }) => processes);
      // The control address answers before it stops: only the host itself is not to be ended here.
      const { control } = readState(fixture.stateFolder) ?? {};
      await request(`${control?.url}/stop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${control?.token}` },
      });
      expect(await starting).toMatchObject({ code: 'SANDBOX_NOT_RUNNING' });
      expect(marks?.filter(isAlive)).toEqual([]);
      await using again = disposable(await start(fixture));
      expect(await again.status()).toHaveLength(4);
    });

    it('restarts a service once at a time, however often it is asked', async () => {
      using fixture = sandboxFixture();
      fixture.service('teller', SMALL_SERVICE);
      await using sandbox = disposable(
        await make(fixture.options()).start(() => fixture.plan(SERVICES)),
      );
      await Promise.all([1, 2, 3].map(() => sandbox.restart('teller')));
      const recorded = readState(fixture.stateFolder)?.units.at(-1)?.processes ?? [];
      const status = (await sandbox.status()).at(-1);
      expect(status).toMatchObject({ name: 'teller', state: 'ready', pid: recorded[0]?.pid });
      expect(recorded).toHaveLength(2);
    });

    it('shows a component that cannot start again as stopped, and can be asked once more', async () => {
      using fixture = sandboxFixture();
      await using sandbox = disposable(await start(fixture));
      const data = join(fixture.stateFolder, 'data', 'events');
      renameSync(data, `${data}.away`);
      writeFileSync(data, 'in the way');
      await expect(sandbox.restart('events')).rejects.toThrow('events did not start');
      const events = async () => (await sandbox.status()).find((unit) => unit.name === 'events');
      expect(await events()).toMatchObject({ state: 'stopped' });
      rmSync(data);
      renameSync(`${data}.away`, data);
      await sandbox.restart('events');
      expect(await events()).toMatchObject({ state: 'ready' });
    });

    it('plans anew when a port is taken between its claim and its use', async () => {
      using fixture = sandboxFixture();
      const first = await fixture.plan();
      const holder = createServer();
      await once(holder.listen(first.units[2]?.port, '127.0.0.1'), 'listening');
      const plans = [Promise.resolve(first), fixture.plan()];
      await using sandbox = disposable(
        await make(fixture.options()).start(() => plans.shift() ?? fixture.plan()),
      );
      expect((await sandbox.status()).map(({ state }) => state)).toEqual(Array(4).fill('ready'));
      holder.close();
    });

    it('purges what a killed sandbox left, and its data only when told', async () => {
      using fixture = sandboxFixture();
      const driver = make(fixture.options());
      await (await start(fixture)).stop();
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      const orphan = markOf(child.pid ?? 0);
      writeState(fixture.stateFolder, {
        schemaVersion: 1,
        driver: 'embedded',
        host: { pid: 2 ** 22 - 1, startedAt: 'long ago' },
        control: { url: 'http://127.0.0.1:9', token: 'gone' },
        units: [
          {
            name: 'teller',
            kind: 'service',
            url: 'http://127.0.0.1:9',
            readyPath: '/',
            processes: orphan === undefined ? [] : [orphan],
          },
        ],
      });
      await driver.purge({ data: false });
      expect(orphan !== undefined && isAlive(orphan)).toBe(false);
      expect(existsSync(join(fixture.stateFolder, 'data'))).toBe(true);
      await driver.purge({ data: true });
      expect(existsSync(join(fixture.stateFolder, 'data'))).toBe(false);
    });

    it('purges nothing while it runs', async () => {
      using fixture = sandboxFixture();
      await using _sandbox = disposable(await start(fixture));
      const purging = make(fixture.options()).purge({ data: true });
      await expect(purging).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
      expect(existsSync(join(fixture.stateFolder, 'data'))).toBe(true);
    });

    it('starts over a lock file that is no database any more', async () => {
      using fixture = sandboxFixture();
      writeFileSync(join(fixture.stateFolder, 'lock.db'), 'x'.repeat(5000));
      await using sandbox = disposable(await start(fixture));
      expect(await sandbox.status()).toHaveLength(4);
    });

    it('stops all when a component cannot start, and says why', async () => {
      using fixture = sandboxFixture();
      const plan = await fixture.plan();
      const { port = 0 } = plan.units[3] ?? {};
      const holder = createServer();
      await once(holder.listen(port, '127.0.0.1'), 'listening');
      await expect(
        make(fixture.options()).start(() => Promise.resolve(plan)),
      ).rejects.toMatchObject({
        code: 'SANDBOX_PORT_HELD',
      });
      holder.close();
      expect(await isFree(plan.units[0]?.port ?? 0)).toBe(true);
    });
  });
}

/** A running sandbox that a test stops however it ends. */
function disposable<T extends { stop(): Promise<void> }>(sandbox: T): T & AsyncDisposable {
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.stop() });
}
